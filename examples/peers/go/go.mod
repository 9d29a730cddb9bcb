// SPDX-License-Identifier: MIT
module example.com/framing

go 1.19
