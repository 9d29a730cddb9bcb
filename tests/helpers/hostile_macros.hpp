// SPDX-License-Identifier: MIT
// What other headers define that users include before ours; ours have to survive it. Those of the
// standard library, nlohmann/json and Asio come before this one.
#pragma once

// Qt
#define emit
#define foreach(a, b) nothing of ours
#define forever for (;;)
#define signals public
#define slots

// Windows
#define DELETE 0x00010000
#define ERROR 0
#define IN
#define NO_ERROR 0
#define OPTIONAL
#define OUT
#define far
#define interface struct
#define max(a, b) nothing of ours
#define min(a, b) nothing of ours
#define near
#define small char

// X11
#define Always 2
#define Bool int
#define Complex 0
#define False 0
#define None 0L
#define Status int
#define Success 0
#define True 1

// C
#define B0 0
#define I 1
#define linux 1
#define major(device) nothing of ours
#define minor(device) nothing of ours
#define unix 1
