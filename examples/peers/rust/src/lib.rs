// SPDX-License-Identifier: MIT
//! Frames with a JSON header and a body over TCP: a full peer, without a dependency.
//!
//! ```text
//! +---------------------+------------------------+-----------------+
//! | header length       | header                 | body            |
//! | 4 bytes, big-endian | one JSON object, UTF-8 | body_size bytes |
//! +---------------------+------------------------+-----------------+
//! ```
//!
//! [`Decoder`] does no I/O: it takes chunks of any size and gives headers and pieces of bodies;
//! [`Reassembler`] gives whole frames, and [`Reader`] both from a stream.
//!
//! ```
//! use framing::{encode, object, Limits, Reader};
//!
//! let header = object([("type", "word".into())]).to_string();
//! let wire = encode(&header, b"hello", &Limits::default())?;
//! let frame = Reader::new(&wire[..], Limits::default()).next().unwrap()?;
//! assert_eq!(frame.header.members().get("type").unwrap().as_str(), Some("word"));
//! assert_eq!(frame.body, b"hello");
//! # Ok::<(), std::io::Error>(())
//! ```

use std::fmt;
use std::io;

const PREFIX_SIZE: usize = 4;
const MOST_DEPTH: usize = 1024;
const CHUNK: usize = 64 * 1024;

/// What a peer may announce. 0 means 0.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub max_header_size: u32,
    pub max_body_size: u64,
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_header_size: 64 << 10,
            max_body_size: 16 << 20,
            max_depth: 64,
        }
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Code {
    EmptyHeader,
    HeaderTooLarge,
    InvalidHeader,
    HeaderTooDeep,
    InvalidBodySize,
    BodyTooLarge,
    Truncated,
    BodySizeMismatch,
    TrailingData,
}

impl Code {
    /// The name that goes over the wire.
    pub fn name(self) -> &'static str {
        match self {
            Code::EmptyHeader => "empty_header",
            Code::HeaderTooLarge => "header_too_large",
            Code::InvalidHeader => "invalid_header",
            Code::HeaderTooDeep => "header_too_deep",
            Code::InvalidBodySize => "invalid_body_size",
            Code::BodyTooLarge => "body_too_large",
            Code::Truncated => "truncated",
            Code::BodySizeMismatch => "body_size_mismatch",
            Code::TrailingData => "trailing_data",
        }
    }
}

/// A part of a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    Length,
    Header,
    Body,
}

impl Part {
    pub fn name(self) -> &'static str {
        match self {
            Part::Length => "length",
            Part::Header => "header",
            Part::Body => "body",
        }
    }
}

/// Who opens with a length that is above the limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stranger {
    Http,
    Tls,
    Ssh,
    LittleEndian,
    Json,
}

impl Stranger {
    fn of(length: u32, limit: u32) -> Option<Stranger> {
        match &length.to_be_bytes() {
            b"GET " | b"HEAD" | b"POST" | b"PUT " | b"DELE" | b"CONN" | b"OPTI" | b"TRAC"
            | b"PATC" | b"PRI " | b"HTTP" => Some(Stranger::Http),
            b"SSH-" => Some(Stranger::Ssh),
            [0x15 | 0x16, 3, 0..=4, _] => Some(Stranger::Tls),
            _ if length.swap_bytes() <= limit => Some(Stranger::LittleEndian),
            [b'{', ..] => Some(Stranger::Json),
            _ => None,
        }
    }
}

/// What is wrong with a stream, with its numbers. It is final for the stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Error {
    pub code: Code,
    pub part: Part,
    /// Bytes of the stream before the bad frame.
    pub offset: u64,
    /// Frames before the bad one.
    pub frame: u64,
    /// The size that the part was to have, or how deep it nests.
    pub declared: u64,
    /// What `declared` is above.
    pub limit: u64,
    /// Good bytes of the part.
    pub position: u64,
    pub stranger: Option<Stranger>,
}

impl Error {
    fn new(code: Code, part: Part, declared: u64) -> Error {
        Error {
            code,
            part,
            offset: 0,
            frame: 0,
            declared,
            limit: 0,
            position: 0,
            stranger: None,
        }
    }

    fn above(self, limit: u64) -> Error {
        Error { limit, ..self }
    }

    fn at(self, position: usize) -> Error {
        Error {
            position: position as u64,
            ..self
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (declared, limit, position) = (self.declared, self.limit, self.position);
        let (name, frame, offset) = (self.code.name(), self.frame, self.offset);
        write!(f, "{name}: frame {frame} at offset {offset}: ")?;
        match self.code {
            Code::EmptyHeader => write!(f, "the header length is 0"),
            Code::HeaderTooLarge => {
                let above = format!("{declared}, above the limit of {limit}");
                write!(f, "the header length is {above}")?;
                self.stranger.map_or(Ok(()), |who| self.name(who, f))
            }
            Code::InvalidHeader => write!(
                f,
                "the header is not one strict JSON object in UTF-8, at its byte {position} of \
                 {declared}"
            ),
            Code::HeaderTooDeep => write!(
                f,
                "the header nests {declared} deep, above the limit of {limit}, at its byte \
                 {position}"
            ),
            Code::InvalidBodySize => write!(f, "body_size is not one unsigned integer of 64 bits"),
            Code::BodyTooLarge => {
                write!(f, "body_size is {declared}, above the limit of {limit}")
            }
            Code::BodySizeMismatch => write!(f, "body_size differs from the size of the body"),
            Code::TrailingData => write!(
                f,
                "the datagram holds {position} bytes, its frame only {declared}"
            ),
            Code::Truncated => {
                let part = match self.part {
                    Part::Length => "header length",
                    part => part.name(),
                };
                write!(
                    f,
                    "the input ended in the {part}, after {position} of {declared} bytes"
                )
            }
        }
    }
}

impl Error {
    /// Names a stranger, whose first bytes are the length.
    fn name(&self, who: Stranger, f: &mut fmt::Formatter) -> fmt::Result {
        let length = self.declared as u32;
        let who = match who {
            Stranger::Http => "HTTP",
            Stranger::Tls => "TLS",
            Stranger::Ssh => "SSH",
            Stranger::Json => "JSON without a length before it",
            Stranger::LittleEndian => {
                let swapped = length.swap_bytes();
                return write!(
                    f,
                    ": {swapped} in little-endian order; the length is sent in network order, \
                     big-endian"
                );
            }
        };
        let [a, b, c, d] = length.to_be_bytes();
        write!(f, ": the bytes {a:02x} {b:02x} {c:02x} {d:02x} are {who}")
    }
}

/// Judges a header. It never recurses, so that no header can exhaust the stack.
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

/// What a header says about the body.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    body_size: u64,
    is_said: bool,
}

/// Why a scan broke off: no more is known than where.
struct Invalid;

type Scanned<T = ()> = Result<T, Invalid>;

fn scan_header(text: &[u8], max_depth: usize) -> Result<Scan, Error> {
    let fail = |code| Error::new(code, Part::Header, text.len() as u64);
    // What is behind the first byte that is no UTF-8 might as well not be there.
    let good = match std::str::from_utf8(text) {
        Ok(good) => good,
        Err(error) => std::str::from_utf8(&text[..error.valid_up_to()]).unwrap_or_default(),
    };
    let mut scanner = Scanner {
        text: good.as_bytes(),
        at: 0,
    };
    let mut sizes = Vec::new();
    match scanner.scan(max_depth, &mut sizes) {
        Err(Invalid) => return Err(fail(Code::InvalidHeader).at(scanner.at)),
        Ok(false) => {
            let deeper = Error::new(Code::HeaderTooDeep, Part::Header, max_depth as u64 + 1);
            return Err(deeper.above(max_depth as u64).at(scanner.at));
        }
        Ok(true) if scanner.at != text.len() => {
            return Err(fail(Code::InvalidHeader).at(scanner.at));
        }
        Ok(true) => {}
    }
    match sizes[..] {
        [] => Ok(Scan::default()),
        [size] => match size.parse() {
            Ok(body_size) => Ok(Scan {
                body_size,
                is_said: true,
            }),
            Err(_) => Err(fail(Code::InvalidBodySize)),
        },
        _ => Err(fail(Code::InvalidBodySize)),
    }
}

impl<'a> Scanner<'a> {
    /// Returns false where it is too deep. The values of body_size go to `sizes`.
    fn scan(&mut self, max_depth: usize, sizes: &mut Vec<&'a str>) -> Scanned<bool> {
        let mut closers = Vec::new(); // the brackets that are to come, the innermost last
        self.skip_space();
        if self.peek() != b'{' {
            return Err(Invalid);
        }
        loop {
            let sized = closers.last() == Some(&b'}') && self.skip_key()? && closers.len() == 1;
            let begin = self.at;
            let closer = match self.peek() {
                b'{' => Some(b'}'),
                b'[' => Some(b']'),
                _ => None,
            };
            if let Some(closer) = closer {
                if closers.len() == max_depth {
                    return Ok(false);
                }
                closers.push(closer);
                self.at += 1;
                self.skip_space();
            } else {
                self.skip_scalar()?;
            }
            if sized {
                let text = self.text;
                sizes.push(std::str::from_utf8(&text[begin..self.at]).unwrap_or_default());
            }
            if closer.map_or(false, |closer| self.peek() != closer) {
                continue; // to the first value in it
            }
            self.end_values(&mut closers)?;
            if closers.is_empty() {
                return Ok(true);
            }
        }
    }

    /// The next byte; at the end 0, which nothing allows.
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    /// Skips one of these bytes, if it comes next.
    fn take(&mut self, these: &[u8]) -> bool {
        let is_there = these.contains(&self.peek());
        self.at += usize::from(is_there);
        is_there
    }

    fn need(&mut self, these: &[u8]) -> Scanned {
        self.take(these).then_some(()).ok_or(Invalid)
    }

    fn skip_space(&mut self) {
        while self.take(b" \n\r\t") {}
    }

    /// Closes what is closed behind a value, up to the comma before the next one.
    fn end_values(&mut self, closers: &mut Vec<u8>) -> Scanned {
        self.skip_space();
        while let Some(&closer) = closers.last() {
            if self.take(b",") {
                self.skip_space();
                return Ok(());
            }
            self.need(&[closer])?;
            closers.pop();
            self.skip_space();
        }
        Ok(())
    }

    /// Skips a key and its colon; says whether it is body_size.
    fn skip_key(&mut self) -> Scanned<bool> {
        let begin = self.at + 1;
        if self.peek() != b'"' {
            return Err(Invalid);
        }
        self.skip_string()?;
        let is_body_size = spells_body_size(&self.text[begin..self.at - 1]);
        self.skip_space();
        self.need(b":")?;
        self.skip_space();
        Ok(is_body_size)
    }

    fn skip_scalar(&mut self) -> Scanned {
        match self.peek() {
            b'"' => self.skip_string(),
            b't' => self.skip_word(b"true"),
            b'f' => self.skip_word(b"false"),
            b'n' => self.skip_word(b"null"),
            _ => self.skip_number(),
        }
    }

    fn skip_word(&mut self, word: &[u8]) -> Scanned {
        if !self.text[self.at..].starts_with(word) {
            return Err(Invalid);
        }
        self.at += word.len();
        Ok(())
    }

    fn skip_number(&mut self) -> Scanned {
        self.take(b"-");
        if !self.take(b"0") {
            self.skip_digits()?;
        }
        if self.take(b".") {
            self.skip_digits()?;
        }
        if self.take(b"eE") {
            self.take(b"+-");
            self.skip_digits()?;
        }
        Ok(())
    }

    fn skip_digits(&mut self) -> Scanned {
        self.need(b"0123456789")?;
        while self.take(b"0123456789") {}
        Ok(())
    }

    fn skip_string(&mut self) -> Scanned {
        self.at += 1;
        loop {
            match self.peek() {
                b'"' => break,
                b'\\' => self.skip_escape()?,
                0..=0x1f => return Err(Invalid), // a control character, or the end
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    /// A surrogate stands only in a pair, the high one first.
    fn skip_escape(&mut self) -> Scanned {
        let text = &self.text[self.at..];
        match unit_of(text) {
            None => {
                self.at += 1;
                return self.need(b"\"\\/bfnrt");
            }
            Some(0xd800..=0xdbff) => match unit_of(&text[6..]) {
                Some(0xdc00..=0xdfff) => self.at += 12,
                _ => return Err(Invalid),
            },
            Some(0xdc00..=0xdfff) => return Err(Invalid),
            Some(_) => self.at += 6,
        }
        Ok(())
    }
}

/// What an escape `\uXXXX` stands for.
fn unit_of(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &c| {
        let digit = char::from(c).to_digit(16)?;
        Some(unit << 4 | digit as u16)
    })
}

/// Each letter as it is, or as an escape.
fn spells_body_size(mut key: &[u8]) -> bool {
    for letter in b"body_size" {
        if key.first() == Some(letter) {
            key = &key[1..];
        } else if unit_of(key) == Some(u16::from(*letter)) {
            key = &key[6..];
        } else {
            return false;
        }
    }
    key.is_empty()
}

/// A value of JSON. Numbers stay text, so that none is rounded.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// An object of these members.
pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let members = members.into_iter();
    Value::Object(members.map(|(key, value)| (key.into(), value)).collect())
}

impl Value {
    /// A member of an object; of a key that is there twice the last one.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(members) => {
                let member = members.iter().rev().find(|(name, _)| name == key);
                member.map(|(_, value)| value)
            }
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The value that comes next in a text that was judged to be JSON.
    fn read(scanner: &mut Scanner) -> Scanned<Value> {
        scanner.skip_space();
        let begin = scanner.at;
        let value = match scanner.peek() {
            b'{' => {
                let mut members = Vec::new();
                scanner.at += 1;
                scanner.skip_space();
                while !scanner.take(b"}") {
                    let key = Value::read_string(scanner)?;
                    scanner.skip_space();
                    scanner.need(b":")?;
                    members.push((key, Value::read(scanner)?));
                    scanner.take(b",");
                    scanner.skip_space();
                }
                Value::Object(members)
            }
            b'[' => {
                let mut values = Vec::new();
                scanner.at += 1;
                scanner.skip_space();
                while !scanner.take(b"]") {
                    values.push(Value::read(scanner)?);
                    scanner.take(b",");
                    scanner.skip_space();
                }
                Value::Array(values)
            }
            b'"' => Value::String(Value::read_string(scanner)?),
            first => {
                scanner.skip_scalar()?;
                match first {
                    b'n' => Value::Null,
                    b't' | b'f' => Value::Bool(first == b't'),
                    _ => {
                        let digits = &scanner.text[begin..scanner.at];
                        Value::Number(String::from_utf8_lossy(digits).into_owned())
                    }
                }
            }
        };
        scanner.skip_space();
        Ok(value)
    }

    fn read_string(scanner: &mut Scanner) -> Scanned<String> {
        let begin = scanner.at + 1;
        scanner.skip_string()?;
        let raw = String::from_utf8_lossy(&scanner.text[begin..scanner.at - 1]);
        if !raw.contains('\\') {
            return Ok(raw.into_owned());
        }
        let mut text = String::with_capacity(raw.len());
        let mut rest = &raw[..];
        while let Some(at) = rest.find('\\') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            let units: Vec<u16> = std::iter::successors(Some(rest), |rest| rest.get(6..))
                .map_while(|rest| unit_of(rest.as_bytes()))
                .collect();
            if units.is_empty() {
                text.push(match rest.as_bytes().get(1) {
                    Some(b'b') => '\u{8}',
                    Some(b'f') => '\u{c}',
                    Some(b'n') => '\n',
                    Some(b'r') => '\r',
                    Some(b't') => '\t',
                    Some(&other) => char::from(other),
                    None => return Err(Invalid),
                });
                rest = &rest[2..];
            } else {
                text.push_str(&String::from_utf16_lossy(&units));
                rest = &rest[6 * units.len()..];
            }
        }
        Ok(text + rest)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::Number(number.to_string())
    }
}

/// As JSON, on one line.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::Null => write!(f, "null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(text) => write!(f, "{text}"),
            Value::String(text) => write_string(f, text),
            Value::Array(values) => {
                for (i, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if i == 0 { '[' } else { ',' })?;
                }
                write!(f, "{}", if values.is_empty() { "[]" } else { "]" })
            }
            Value::Object(members) => {
                for (i, (key, value)) in members.iter().enumerate() {
                    write!(f, "{}", if i == 0 { '{' } else { ',' })?;
                    write_string(f, key)?;
                    write!(f, ":{value}")?;
                }
                write!(f, "{}", if members.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

fn write_string(f: &mut fmt::Formatter, text: &str) -> fmt::Result {
    write!(f, "\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\0'..='\x1f' => write!(f, "\\u{:04x}", u32::from(c))?,
            _ => write!(f, "{c}")?,
        }
    }
    write!(f, "\"")
}

/// All of a frame but its body. `header` is an object in JSON; it may have a body_size only if that
/// is right.
pub fn encode_head(header: &str, body_size: u64, limits: &Limits) -> Result<Vec<u8>, Error> {
    let scan = scan_header(header.as_bytes(), limits.max_depth.min(MOST_DEPTH))?;
    if scan.is_said && scan.body_size != body_size {
        return Err(Error::new(Code::BodySizeMismatch, Part::Body, body_size));
    }
    let mut text = header.to_owned();
    if !scan.is_said && body_size > 0 {
        let members = header.trim_start()[1..].trim_start();
        let comma = if members.starts_with('}') { "" } else { "," };
        text = format!("{{\"body_size\":{body_size}{comma}{members}");
    }
    let (size, limit) = (text.len() as u64, u64::from(limits.max_header_size));
    if size > limit {
        return Err(Error::new(Code::HeaderTooLarge, Part::Header, size).above(limit));
    }
    if body_size > limits.max_body_size {
        let error = Error::new(Code::BodyTooLarge, Part::Body, body_size);
        return Err(error.above(limits.max_body_size));
    }
    let mut head = (size as u32).to_be_bytes().to_vec();
    head.extend(text.as_bytes());
    Ok(head)
}

/// One frame; see [`encode_head`].
pub fn encode(header: &str, body: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut frame = encode_head(header, body.len() as u64, limits)?;
    frame.extend(body);
    Ok(frame)
}

/// Writes a frame whose body is read from elsewhere, and of which no more than a piece is held. If
/// it does not come to `body_size`, what was written is of no further use.
pub fn write_stream(
    to: &mut impl io::Write,
    header: &str,
    body_size: u64,
    mut body: impl io::Read,
    limits: &Limits,
) -> io::Result<()> {
    to.write_all(&encode_head(header, body_size, limits)?)?;
    let written = io::copy(&mut io::Read::take(&mut body, body_size), to)?;
    if written < body_size || body.read(&mut [0])? > 0 {
        return Err(Error::new(Code::BodySizeMismatch, Part::Body, body_size).into());
    }
    Ok(())
}

/// The header of a frame: the text that came, and how large the body is.
#[derive(Clone, Debug, Default)]
pub struct Header {
    pub text: String,
    pub body_size: u64,
}

impl Header {
    /// The text, read. It nests no deeper than the limit.
    pub fn members(&self) -> Value {
        let mut scanner = Scanner {
            text: self.text.as_bytes(),
            at: 0,
        };
        Value::read(&mut scanner).unwrap_or(Value::Null)
    }
}

/// What a decoder finds.
#[derive(Debug)]
pub enum Event<'a> {
    Header(Header),
    /// A piece of the body.
    Body(&'a [u8]),
    End,
}

/// As Event, with the size of a piece that begins where the input does.
enum Step {
    Header(Header),
    Body(usize),
    End,
}

/// Takes a stream in chunks of any size; gives headers, and bodies in pieces as they come.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    error: Option<Error>,
    part: Part,
    size: u64,      // of the part
    taken: u64,     // of a body
    head: Vec<u8>,  // of a length or a header what has come
    head_size: u64, // of both
    offset: u64,    // where the frame at hand starts
    frame: u64,     // how many came before it
}

impl Decoder {
    pub fn new(limits: Limits) -> Decoder {
        let max_depth = limits.max_depth.min(MOST_DEPTH);
        Decoder {
            limits: Limits {
                max_depth,
                ..limits
            },
            error: None,
            part: Part::Length,
            size: PREFIX_SIZE as u64,
            taken: 0,
            head: Vec::new(),
            head_size: 0,
            offset: 0,
            frame: 0,
        }
    }

    /// The next event; `input` becomes what is behind it. None where it takes more input to know
    /// one: all of this one is used then.
    ///
    /// The first error is final: it comes again, whatever the input is.
    pub fn decode<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Event<'a>>, Error> {
        Ok(self.step(input)?.map(|step| match step {
            Step::Header(header) => Event::Header(header),
            Step::End => Event::End,
            Step::Body(size) => {
                let (data, rest) = input.split_at(size);
                *input = rest;
                Event::Body(data)
            }
        }))
    }

    /// Says that the stream has ended: an error, if that was inside a frame.
    pub fn finish(&mut self) -> Result<(), Error> {
        if self.error.is_none() && (self.part != Part::Length || !self.head.is_empty()) {
            let had = match self.part {
                Part::Body => self.taken,
                _ => self.head.len() as u64,
            };
            let error = Error::new(Code::Truncated, self.part, self.size);
            return Err(self.fail(error.at(had as usize)));
        }
        self.error.clone().map_or(Ok(()), Err)
    }

    fn step(&mut self, input: &mut &[u8]) -> Result<Option<Step>, Error> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        if self.part == Part::Body {
            return Ok(self.step_in_body(input));
        }
        if self.part == Part::Length {
            if !self.collect(input) {
                return Ok(None);
            }
            let size = self.read_length().map_err(|error| self.fail(error))?;
            self.expect(Part::Header, u64::from(size));
        }
        if !self.collect(input) {
            return Ok(None);
        }
        self.head_size = (PREFIX_SIZE + self.head.len()) as u64;
        let header = self.read_header().map_err(|error| self.fail(error))?;
        self.expect(Part::Body, header.body_size);
        Ok(Some(Step::Header(header)))
    }

    fn step_in_body(&mut self, input: &[u8]) -> Option<Step> {
        let left = self.size - self.taken;
        if left == 0 {
            self.offset += self.head_size + self.size;
            self.frame += 1;
            self.expect(Part::Length, PREFIX_SIZE as u64);
            return Some(Step::End);
        }
        let size = left.min(input.len() as u64);
        self.taken += size;
        (size > 0).then_some(Step::Body(size as usize))
    }

    fn expect(&mut self, part: Part, size: u64) {
        self.part = part;
        self.size = size;
        self.taken = 0;
        self.head.clear();
    }

    /// Moves to the head what belongs there; says whether the part is whole.
    fn collect(&mut self, input: &mut &[u8]) -> bool {
        let missing = self.size as usize - self.head.len();
        let (data, rest) = input.split_at(missing.min(input.len()));
        self.head.extend(data);
        *input = rest;
        self.head.len() as u64 == self.size
    }

    fn read_length(&self) -> Result<u32, Error> {
        let length = self.head.iter().fold(0, |n, &b| n << 8 | u32::from(b));
        let limit = self.limits.max_header_size;
        if length == 0 {
            return Err(Error::new(Code::EmptyHeader, Part::Length, 0));
        }
        if length > limit {
            let error = Error::new(Code::HeaderTooLarge, Part::Length, u64::from(length));
            return Err(Error {
                stranger: Stranger::of(length, limit),
                ..error.above(u64::from(limit))
            });
        }
        Ok(length)
    }

    fn read_header(&self) -> Result<Header, Error> {
        let scan = scan_header(&self.head, self.limits.max_depth)?;
        if scan.body_size > self.limits.max_body_size {
            let error = Error::new(Code::BodyTooLarge, Part::Body, scan.body_size);
            return Err(error.above(self.limits.max_body_size));
        }
        Ok(Header {
            text: String::from_utf8_lossy(&self.head).into_owned(), // which it is
            body_size: scan.body_size,
        })
    }

    fn fail(&mut self, error: Error) -> Error {
        let error = Error {
            offset: self.offset,
            frame: self.frame,
            ..error
        };
        self.error = Some(error.clone());
        error
    }
}

/// A whole frame.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub header: Header,
    pub body: Vec<u8>,
}

/// As [`Decoder`], but it gives whole frames. What it holds grows with what has come, never with
/// what was announced.
#[derive(Debug)]
pub struct Reassembler {
    decoder: Decoder,
    frame: Frame,
}

impl Reassembler {
    pub fn new(limits: Limits) -> Reassembler {
        Reassembler {
            decoder: Decoder::new(limits),
            frame: Frame::default(),
        }
    }

    /// The next frame; see [`Decoder::decode`].
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, Error> {
        while let Some(event) = self.decoder.decode(input)? {
            match event {
                Event::Header(header) => self.frame.header = header,
                Event::Body(data) => self.frame.body.extend(data),
                Event::End => return Ok(Some(std::mem::take(&mut self.frame))),
            }
        }
        Ok(None)
    }

    pub fn finish(&mut self) -> Result<(), Error> {
        self.decoder.finish()
    }
}

/// The frame that a datagram is, all of it.
pub fn decode_datagram(datagram: &[u8], limits: Limits) -> Result<Frame, Error> {
    let mut reassembler = Reassembler::new(limits);
    let mut rest = datagram;
    match reassembler.decode(&mut rest)? {
        Some(frame) if rest.is_empty() => Ok(frame),
        Some(_) => {
            let size = (datagram.len() - rest.len()) as u64;
            Err(Error::new(Code::TrailingData, Part::Body, size).at(datagram.len()))
        }
        None => {
            reassembler.finish()?;
            let size = PREFIX_SIZE as u64;
            Err(Error::new(Code::Truncated, Part::Length, size))
        }
    }
}

/// The frames of whatever can be read. An [`Error`] comes inside an [`io::Error`].
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    decoder: Decoder,
    chunk: Vec<u8>,
    unread: std::ops::Range<usize>, // of the chunk
    has_failed: bool,
}

impl<R: io::Read> Reader<R> {
    pub fn new(from: R, limits: Limits) -> Reader<R> {
        Reader {
            from,
            decoder: Decoder::new(limits),
            chunk: vec![0; CHUNK],
            unread: 0..0,
            has_failed: false,
        }
    }

    /// The next header, piece of a body or end of a frame; None at the end of the stream.
    pub fn next_event(&mut self) -> io::Result<Option<Event<'_>>> {
        let step = loop {
            let mut input = &self.chunk[self.unread.clone()];
            let step = self.decoder.step(&mut input)?;
            self.unread.start = self.unread.end - input.len();
            if let Some(step) = step {
                break step;
            }
            self.unread = 0..self.read()?;
            if self.unread.is_empty() {
                self.decoder.finish()?;
                return Ok(None);
            }
        };
        Ok(Some(match step {
            Step::Header(header) => Event::Header(header),
            Step::End => Event::End,
            Step::Body(size) => {
                let start = self.unread.start;
                self.unread.start += size;
                Event::Body(&self.chunk[start..start + size])
            }
        }))
    }

    fn read(&mut self) -> io::Result<usize> {
        loop {
            match self.from.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// How many bytes have come that are not read yet.
    pub fn buffered(&self) -> usize {
        self.unread.len()
    }

    fn next_frame(&mut self) -> io::Result<Option<Frame>> {
        let mut frame = Frame::default();
        while let Some(event) = self.next_event()? {
            match event {
                Event::Header(header) => frame.header = header,
                Event::Body(data) => frame.body.extend(data),
                Event::End => return Ok(Some(frame)),
            }
        }
        Ok(None)
    }
}

/// Whole frames. After an error there are no more.
impl<R: io::Read> Iterator for Reader<R> {
    type Item = io::Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let frame = self.next_frame();
        self.has_failed = frame.is_err();
        frame.transpose()
    }
}
