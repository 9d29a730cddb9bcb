// SPDX-License-Identifier: MIT
//! The codec as C++ can call it. A pass is one call, so that what a call costs does not count.

use bytes::{Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec};

fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(16 << 20).new_codec()
}

pub struct Reader {
    codec: LengthDelimitedCodec,
    buffer: BytesMut,
}

#[no_mangle]
pub extern "C" fn framing_bench_tokio_reader_new() -> *mut Reader {
    Box::into_raw(Box::new(Reader { codec: codec(), buffer: BytesMut::with_capacity(64 << 10) }))
}

/// # Safety
/// `reader` comes from framing_bench_tokio_reader_new and is not used again.
#[no_mangle]
pub unsafe extern "C" fn framing_bench_tokio_reader_free(reader: *mut Reader) {
    drop(Box::from_raw(reader));
}

/// Decodes a stream that arrives in chunks; for each body, 1 + its first byte + its last is added.
///
/// # Safety
/// `reader` is alive, and `data` has `size` bytes.
#[no_mangle]
pub unsafe extern "C" fn framing_bench_tokio_read(
    reader: *mut Reader,
    data: *const u8,
    size: usize,
    chunk: usize,
) -> u64 {
    let reader = &mut *reader;
    let mut sum = 0;
    for part in std::slice::from_raw_parts(data, size).chunks(chunk) {
        reader.buffer.extend_from_slice(part);
        while let Ok(Some(body)) = reader.codec.decode(&mut reader.buffer) {
            sum += 1 + u64::from(body[0]) + u64::from(body[body.len() - 1]);
        }
    }
    sum
}

pub struct Writer {
    codec: LengthDelimitedCodec,
    bodies: Vec<Bytes>,
    wire: BytesMut,
}

/// # Safety
/// `data` has `count` bodies of `size` bytes, which are copied.
#[no_mangle]
pub unsafe extern "C" fn framing_bench_tokio_writer_new(
    data: *const u8,
    size: usize,
    count: usize,
) -> *mut Writer {
    let all = Bytes::copy_from_slice(std::slice::from_raw_parts(data, size * count));
    let bodies = (0..count).map(|number| all.slice(number * size..(number + 1) * size)).collect();
    let wire = BytesMut::with_capacity(count * (size + 4));
    Box::into_raw(Box::new(Writer { codec: codec(), bodies, wire }))
}

/// # Safety
/// `writer` comes from framing_bench_tokio_writer_new and is not used again.
#[no_mangle]
pub unsafe extern "C" fn framing_bench_tokio_writer_free(writer: *mut Writer) {
    drop(Box::from_raw(writer));
}

/// Encodes every body once and returns how many bytes that came to.
///
/// # Safety
/// `writer` is alive.
#[no_mangle]
pub unsafe extern "C" fn framing_bench_tokio_write(writer: *mut Writer) -> usize {
    let writer = &mut *writer;
    writer.wire.clear();
    for body in &writer.bodies {
        if writer.codec.encode(body.clone(), &mut writer.wire).is_err() {
            return 0;
        }
    }
    std::hint::black_box(writer.wire.as_ptr());
    writer.wire.len()
}
