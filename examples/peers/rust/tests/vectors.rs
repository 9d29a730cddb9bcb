// SPDX-License-Identifier: MIT
//! The vectors of wire format 1, in every cut; and what encodes. FRAMING_VECTORS names another
//! folder of vectors.

use framing::{
    decode_datagram, encode, object, write_stream, Code, Decoder, Error, Event, Frame, Limits,
    Reader, Reassembler, Value,
};
use std::{env, fs, io, path::PathBuf};

/// The bytes that a piece of a vector stands for; see tests/vectors/README.md.
fn bytes_of(piece: &Value) -> Vec<u8> {
    match piece {
        Value::String(text) => text.clone().into_bytes(),
        Value::Array(parts) => parts.iter().flat_map(bytes_of).collect(),
        _ => {
            if let Some(hex) = piece.get("hex") {
                let pairs = hex.as_str().unwrap().split_whitespace();
                pairs.map(|p| u8::from_str_radix(p, 16).unwrap()).collect()
            } else if let Some(part) = piece.get("repeat") {
                bytes_of(part).repeat(number(piece.get("times").unwrap()) as usize)
            } else {
                prefixed(&bytes_of(piece.get("header").expect("a piece")))
            }
        }
    }
}

fn prefixed(header: &[u8]) -> Vec<u8> {
    [&(header.len() as u32).to_be_bytes()[..], header].concat()
}

/// A number, or a string of one.
fn number(value: &Value) -> u64 {
    let text = value.as_str().map(|text| text.parse().unwrap());
    text.or_else(|| value.as_u64()).expect("a number")
}

fn limits_of(vector: &Value) -> Limits {
    let mut limits = Limits::default();
    let limit = |name| vector.get("limits").and_then(|of| of.get(name)).map(number);
    if let Some(size) = limit("max_header_size") {
        limits.max_header_size = size.try_into().unwrap_or(u32::MAX);
    }
    limits.max_body_size = limit("max_body_size").unwrap_or(limits.max_body_size);
    if let Some(depth) = limit("max_depth") {
        limits.max_depth = depth as usize;
    }
    limits
}

/// Whole, byte by byte, at each place and at random ones; a long stream not everywhere.
fn ways_to_cut(size: usize) -> Vec<Vec<usize>> {
    let mut ways = vec![vec![]];
    if size <= 5000 {
        ways.push((0..size).collect());
    }
    if size <= 100 {
        ways.extend((0..=size).map(|cut| vec![cut]));
    }
    let mut seed = size as u64;
    for _ in 0..4 {
        let mut cuts: Vec<usize> = (0..8)
            .map(|_| {
                seed = (seed * 48271 + 11) % 2147483647;
                seed as usize % (size + 1)
            })
            .collect();
        cuts.sort_unstable();
        ways.push(cuts);
    }
    ways
}

type Outcome = (Vec<(String, Vec<u8>)>, Option<Error>);

fn outcome_of(stream: &[u8], cuts: &[usize], limits: Limits) -> Outcome {
    let mut reassembler = Reassembler::new(limits);
    let mut frames = Vec::new();
    let ends = cuts.iter().copied().chain([stream.len()]);
    let mut begin = 0;
    for end in ends {
        let mut chunk = &stream[begin..end];
        begin = end;
        loop {
            match reassembler.decode(&mut chunk) {
                Ok(Some(frame)) => frames.push((frame.header.text, frame.body)),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(
                        reassembler.decode(&mut &b"\0\0\0\x02{}"[..]).unwrap_err(),
                        error
                    );
                    assert_eq!(reassembler.finish().unwrap_err(), error);
                    return (frames, Some(error));
                }
            }
        }
        assert!(chunk.is_empty());
    }
    (frames, reassembler.finish().err())
}

fn check(vector: &Value, (frames, error): &Outcome) -> Result<(), String> {
    let expected: Vec<_> = items(vector, "frames")
        .iter()
        .map(|frame| {
            let header = String::from_utf8(bytes_of(frame.get("header").unwrap())).unwrap();
            (header, frame.get("body").map_or(vec![], bytes_of))
        })
        .collect();
    if *frames != expected {
        return Err(format!("{frames:?}"));
    }
    let fields = match vector.get("error") {
        Some(Value::Object(fields)) => fields,
        _ => return error.as_ref().map_or(Ok(()), |e| Err(e.to_string())),
    };
    let error = error.as_ref().ok_or("no error")?;
    for (field, value) in fields {
        let holds = match &field[..] {
            "code" => value.as_str() == Some(error.code.name()),
            "part" => value.as_str() == Some(error.part.name()),
            "offset" => number(value) == error.offset,
            "frame" => number(value) == error.frame,
            "declared" => number(value) == error.declared,
            "limit" => number(value) == error.limit,
            "position" => number(value) == error.position,
            "stranger" => error.to_string().contains(value.as_str().unwrap()),
            _ => false,
        };
        if !holds {
            return Err(format!("{field}: {error:?}"));
        }
    }
    Ok(())
}

fn items<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    match object.get(key) {
        Some(Value::Array(items)) => items,
        _ => panic!("no {key}"),
    }
}

fn load_vectors() -> Vec<Value> {
    let folder = env::var_os("FRAMING_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors"),
        PathBuf::from,
    );
    let mut vectors = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .map_or(false, |extension| extension == "json")
        {
            let text = fs::read_to_string(path).unwrap();
            let file = framing::Header { text, body_size: 0 }.members();
            vectors.extend(items(&file, "vectors").to_vec());
        }
    }
    assert!(!vectors.is_empty());
    vectors
}

#[test]
fn every_vector_comes_to_what_it_says_however_it_is_cut() {
    for vector in load_vectors() {
        let name = format!("{:?} {:?}", vector.get("name"), vector.get("why"));
        let limits = limits_of(&vector);
        if let Some(datagram) = vector.get("datagram") {
            let outcome = match decode_datagram(&bytes_of(datagram), limits) {
                Ok(frame) => (vec![(frame.header.text, frame.body)], None),
                Err(error) => (vec![], Some(error)),
            };
            assert_eq!(check(&vector, &outcome), Ok(()), "{name}");
            continue;
        }
        let stream = bytes_of(vector.get("stream").unwrap());
        let whole = outcome_of(&stream, &[], limits);
        assert_eq!(check(&vector, &whole), Ok(()), "{name}");
        for cuts in ways_to_cut(stream.len()) {
            assert_eq!(outcome_of(&stream, &cuts, limits), whole, "{name} {cuts:?}");
        }
    }
}

#[test]
fn the_size_of_the_body_comes_first_and_is_left_out_when_there_is_none() {
    for (header, body, expected) in [
        ("{}", "", "\0\0\0\x02{}"),
        ("{ }", "hi", "\0\0\0\x0f{\"body_size\":2}hi"),
        (
            r#" {"a":"中"}"#,
            "hi",
            "\0\0\0\x19{\"body_size\":2,\"a\":\"中\"}hi",
        ),
        (r#"{"body_size":2}"#, "hi", "\0\0\0\x0f{\"body_size\":2}hi"),
    ] {
        let frame = encode(header, body.as_bytes(), &Limits::default());
        assert_eq!(frame.unwrap(), expected.as_bytes());
    }
}

#[test]
fn what_a_peer_would_refuse_is_not_encoded() {
    let deep = r#"{"a":"#.repeat(64) + "{}" + &"}".repeat(64);
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(65536));
    for (header, body_size, code) in [
        (r#"{"body_size":3}"#, 2, Code::BodySizeMismatch),
        (r#"{"body_size":"2"}"#, 2, Code::InvalidBodySize),
        ("[]", 0, Code::InvalidHeader),
        (&deep, 0, Code::HeaderTooDeep),
        (&long, 0, Code::HeaderTooLarge),
        ("{}", (16 << 20) + 1, Code::BodyTooLarge),
    ] {
        let frame = encode(header, &vec![0; body_size], &Limits::default());
        assert_eq!(frame.unwrap_err().code, code);
    }
}

#[test]
fn values_are_written_and_read() {
    let text = "\"\\\n\t\u{1}\u{7f}中\u{1f600}";
    let value = object([
        ("a", text.into()),
        ("b", Value::Array(vec![1.into(), Value::Null])),
    ]);
    let frame = encode(&value.to_string(), b"", &Limits::default()).unwrap();
    let frame = decode_datagram(&frame, Limits::default()).unwrap();
    assert_eq!(frame.header.members(), value);

    let text = r#" { "a" : "\ud83d\ude00\u4e2d\/\b\f\n\r\t\"\\" , "a" : [ ] , "b" : 1e400 } "#;
    let frame = decode_datagram(&prefixed(text.as_bytes()), Limits::default()).unwrap();
    let members = match frame.header.members() {
        Value::Object(members) => members,
        other => panic!("{other}"),
    };
    let expected = "\u{1f600}中/\u{8}\u{c}\n\r\t\"\\";
    assert_eq!(members[0], ("a".to_string(), expected.into()));
    assert_eq!(members[2].1, Value::Number("1e400".into()));
    assert_eq!(frame.header.members().get("a"), Some(&Value::Array(vec![])));
}

#[test]
fn a_body_comes_in_pieces_and_is_not_held() {
    let mut decoder = Decoder::new(Limits {
        max_body_size: u64::MAX,
        ..Limits::default()
    });
    let head = prefixed(br#"{"body_size":18446744073709551615}"#);
    let event = decoder.decode(&mut &head[..]).unwrap();
    assert!(matches!(event, Some(Event::Header(header)) if header.body_size == u64::MAX));
    for _ in 0..100 {
        let mut chunk = &[0; 1000][..];
        let event = decoder.decode(&mut chunk).unwrap();
        assert!(matches!(event, Some(Event::Body(data)) if data.len() == 1000));
        assert!(decoder.decode(&mut chunk).unwrap().is_none());
    }
    let error = decoder.finish().unwrap_err();
    assert_eq!((error.code, error.position), (Code::Truncated, 100_000));
}

#[test]
fn a_reader_gives_frames_until_the_stream_is_broken() {
    let good = encode(r#"{"n":1}"#, &[7; 100_000], &Limits::default()).unwrap();
    let stream = [&good[..], &good[..], b"GET / HTTP/1.1"].concat();
    let mut reader = Reader::new(&stream[..], Limits::default());
    for _ in 0..2 {
        let frame: Frame = reader.next().unwrap().unwrap();
        assert_eq!(frame.body, [7; 100_000]);
    }
    let error = reader.next().unwrap().unwrap_err();
    let error = error.get_ref().unwrap().downcast_ref::<Error>().unwrap();
    assert_eq!((error.frame, error.offset), (2, 2 * good.len() as u64));
    assert!(error.to_string().ends_with("are HTTP"));
    assert!(reader.next().is_none());
}

#[test]
fn a_streamed_body_is_held_to_its_size() {
    let limits = Limits::default();
    let mut wire = Vec::new();
    write_stream(&mut wire, "{}", 5, &b"hello"[..], &limits).unwrap();
    assert_eq!(wire, encode("{}", b"hello", &limits).unwrap());
    for wrong in [&b"hell"[..], b"hello!"] {
        let error = write_stream(&mut io::sink(), "{}", 5, wrong, &limits).unwrap_err();
        assert!(error.to_string().starts_with("body_size_mismatch"));
    }
}
