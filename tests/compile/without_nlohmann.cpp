// SPDX-License-Identifier: MIT
// Headers unread, and of a type with members<>, cost no JSON library.
#include <framing/encoder.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/reassembler.hpp>
#include <framing/send_queue.hpp>

#include "../helpers/chat_header.hpp"

#ifdef INCLUDE_NLOHMANN_JSON_HPP_
#error "nlohmann/json.hpp is included"
#endif

template class framing::encoder<framing::header_view>;
template class framing::encoder<chat>;
template class framing::reassembler<framing::header_view>;
template class framing::reassembler<chat>;
