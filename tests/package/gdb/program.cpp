// What printers.py looks at, where look_here is called.
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/reassembler.hpp>

struct person {
    int age = 0;
};
template <>
struct framing::header_traits<person>
    : framing::members<person, framing::member<"age", &person::age>> {};

extern "C" [[gnu::noinline]] void look_here() {
    asm volatile("");
}

int main() {
    static constexpr char stream[] = "\0\0\0\x1d{\"type\":\"chat\",\"body_size\":5}hello"
                                     "\0\0\0\x0f{\"body_size\":9}abc";
    framing::reassembler<framing::header_view> incoming;
    framing::frame<framing::header_view> frame;
    for (const auto& next : incoming.feed(stream)) frame = next;
    const framing::header_view header = frame.header;
    const framing::value_view type = header.find("type");
    const framing::value_view absent = header.find("to");
    const framing::fault& none = incoming.error();

    framing::reassembler<framing::header_view> web;
    for (const auto& next : web.feed("GET / HTTP/1.1\r\n")) frame = next;
    const framing::fault& stranger = web.error();

    framing::reassembler<person> people;
    for (const auto& next : people.feed("\0\0\0\x0c{\"age\":\"30\"}")) static_cast<void>(next);
    const framing::fault& misfit = people.error();
    look_here();
    return type && !absent && !none && stranger && misfit ? 0 : 1;
}
