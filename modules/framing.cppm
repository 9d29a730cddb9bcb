// SPDX-License-Identifier: MIT
// The core as a module: import framing; docs/packages.md says how it is compiled.
module;

#include <framing/framing.hpp>

export module framing;

export namespace framing {

using framing::as_text;
using framing::body_size_key;
using framing::broadcast_encoder;
using framing::byte_container;
using framing::byte_like;
using framing::byte_range;
using framing::byte_view;
using framing::category;
using framing::deadlines;
using framing::decode_datagram;
using framing::decoder;
using framing::due;
using framing::encoder;
using framing::enumerator;
using framing::enumerators;
using framing::errc;
using framing::event;
using framing::fault;
using framing::frame;
using framing::frame_head;
using framing::frame_part;
using framing::header_traits;
using framing::header_view;
using framing::header_writer;
using framing::limits;
using framing::liveness;
using framing::load_prefix;
using framing::make_error_code;
using framing::member;
using framing::members;
using framing::name;
using framing::owned_frame;
using framing::prefix_size;
using framing::reassembler;
using framing::send_marks;
using framing::send_queue;
using framing::shared_frame;
using framing::shared_frames;
using framing::store_prefix;
using framing::value_view;
using framing::wire_format;

namespace formats {
using framing::formats::lesson;
using framing::formats::standard;
} // namespace formats

} // namespace framing
