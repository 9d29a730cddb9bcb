// SPDX-License-Identifier: MIT
use std::io::{stdin, stdout, BufWriter, Write};

use framing::{Error, Limits, Reader};

use crate::{failure, visible, Failure, USAGE};

/// Prints what framecat decode prints.
pub fn run(options: &[&str]) -> Result<i32, Failure> {
    let limits = parse(options).ok_or_else(|| (2, USAGE.to_string()))?;
    let mut reader = Reader::new(stdin().lock(), limits);
    let mut out = BufWriter::new(stdout().lock());
    while let Some(frame) = reader.next() {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                if let Some(fault) = error
                    .get_ref()
                    .and_then(|inner| inner.downcast_ref::<Error>())
                {
                    let (code, offset) = (fault.code.name(), fault.offset);
                    writeln!(out, "{{\"error\":\"{code}\",\"offset\":{offset}}}")
                        .and_then(|()| out.flush())
                        .map_err(failure(1))?;
                }
                return Err((1, error.to_string()));
            }
        };
        let header = visible(&frame.header.text.replace(['\t', '\r', '\n'], " "));
        let (size, body) = (frame.body.len(), base64(&frame.body));
        writeln!(
            out,
            "{{\"header\":{header},\"body_size\":{size},\"body\":\"{body}\"}}"
        )
        .map_err(failure(1))?;
        if reader.buffered() == 0 {
            out.flush().map_err(failure(1))?; // what is here is shown, before it waits for more
        }
    }
    Ok(0)
}

fn parse(options: &[&str]) -> Option<Limits> {
    let mut limits = Limits::default();
    for pair in options.chunks(2) {
        match *pair {
            ["--max-header", n] => {
                let size = n.parse::<u64>().ok()?;
                limits.max_header_size = size.try_into().unwrap_or(u32::MAX);
            }
            ["--max-body", n] => limits.max_body_size = n.parse().ok()?,
            ["--max-depth", n] => limits.max_depth = n.parse().ok()?,
            _ => return None,
        }
    }
    Some(limits)
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity((bytes.len() + 2) / 3 * 4);
    for three in bytes.chunks(3) {
        let group = (0..3).fold(0, |group, i| {
            group << 8 | usize::from(three.get(i).copied().unwrap_or(0))
        });
        for i in 0..4 {
            let digit = ALPHABET[group >> (18 - 6 * i) & 63];
            text.push(if i <= three.len() { digit.into() } else { '=' });
        }
    }
    text
}
