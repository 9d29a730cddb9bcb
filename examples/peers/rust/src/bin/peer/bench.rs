// SPDX-License-Identifier: MIT
use std::fs;

use framing::{encode, object, Limits, Reassembler};

use crate::{failure, Failure};

const COUNT: usize = 500;

/// Prints how many frames of a chat it decodes and encodes in a second of processor time.
pub fn run() -> Result<i32, Failure> {
    measure("decoded", &decode_all(one_frame()?.repeat(COUNT)))?;
    measure("encoded", &|| {
        (0..COUNT).try_for_each(|_| one_frame().map(drop))
    })?;
    Ok(0)
}

fn one_frame() -> Result<Vec<u8>, Failure> {
    let header = object([
        ("type", "said".into()),
        ("from", "alice".into()),
        ("room", "lobby".into()),
        ("seq", 4711.into()),
    ]);
    encode(&header.to_string(), &[b'x'; 64], &Limits::default()).map_err(|e| (1, e.to_string()))
}

fn decode_all(stream: Vec<u8>) -> impl Fn() -> Result<(), Failure> {
    move || {
        let mut reassembler = Reassembler::new(Limits::default());
        for mut chunk in stream.chunks(64 * 1024) {
            while let Some(frame) = reassembler
                .decode(&mut chunk)
                .map_err(|e| (1, e.to_string()))?
            {
                assert!(frame.header.members().get("type").is_some());
            }
        }
        Ok(())
    }
}

fn measure(name: &str, work: &dyn Fn() -> Result<(), Failure>) -> Result<(), Failure> {
    let started = processor_seconds()?;
    let (mut passes, mut seconds) = (0, 0.0);
    while seconds < 1.0 {
        work()?;
        passes += 1;
        seconds = processor_seconds()? - started;
    }
    let rate = (passes * COUNT) as f64 / seconds;
    println!("{rate:.0} frames/s {name}");
    Ok(())
}

/// Of this process, as Linux says it; std does not.
fn processor_seconds() -> Result<f64, Failure> {
    let said = fs::read_to_string("/proc/self/schedstat").map_err(failure(1))?;
    let nanoseconds = said
        .split(' ')
        .next()
        .and_then(|first| first.parse::<f64>().ok());
    nanoseconds.map(|n| n / 1e9).ok_or((1, said))
}
