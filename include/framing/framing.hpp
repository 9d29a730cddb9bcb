// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/datagram.hpp>
#include <framing/decoder.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/frame.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/header_writer.hpp>
#include <framing/limits.hpp>
#include <framing/liveness.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>
#include <framing/send_queue.hpp>
#include <framing/shared_frames.hpp>
#include <framing/version.hpp>
#include <framing/wire.hpp>
