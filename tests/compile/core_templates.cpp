// SPDX-License-Identifier: MIT
// All members of the public templates compile, also those that no other test calls.
#include <framing/framing.hpp>

#include "../helpers/chat_header.hpp"

#include <nlohmann/json.hpp>

template struct framing::frame<>;
template struct framing::frame<framing::header_view>;
template struct framing::frame<chat>;
template struct framing::frame_head<>;
template struct framing::owned_frame<>;
template struct framing::owned_frame<chat>;
template class framing::encoder<>;
template class framing::encoder<nlohmann::ordered_json>;
template class framing::encoder<framing::header_view>;
template class framing::encoder<chat>;
template class framing::decoder<>;
template class framing::decoder<nlohmann::ordered_json>;
template class framing::decoder<framing::header_view>;
template class framing::decoder<chat>;
template class framing::reassembler<>;
template class framing::reassembler<nlohmann::ordered_json>;
template class framing::reassembler<framing::header_view>;
template class framing::reassembler<chat>;
template struct framing::header_traits<nlohmann::json>;
