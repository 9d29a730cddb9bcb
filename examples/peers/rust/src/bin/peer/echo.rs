// SPDX-License-Identifier: MIT
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use framing::{encode, object, Limits, Reader, Value};

use crate::{failure, visible, Failure};

/// Sends words to an echo server and prints what comes back.
pub fn ask(address: &str, words: &[&str]) -> Result<i32, Failure> {
    let server = TcpStream::connect(address).map_err(failure(255))?;
    exchange(&server, words).map_err(failure(255))?;
    Ok(0)
}

fn exchange(mut server: &TcpStream, words: &[&str]) -> io::Result<()> {
    let limits = Limits::default();
    let mut answers = Reader::new(server, limits);
    for (number, word) in (1..).zip(words) {
        let header = object([("type", "word".into()), ("number", Value::from(number))]);
        server.write_all(&encode(&header.to_string(), word.as_bytes(), &limits)?)?;
        let answer = answers.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        let number = answer
            .header
            .members()
            .get("number")
            .and_then(Value::as_u64);
        let text = String::from_utf8_lossy(&answer.body);
        println!("{}: {}", number.unwrap_or(0), visible(&text));
    }
    Ok(())
}

/// Sends every frame back as it came.
pub fn serve(address: &str) -> Result<i32, Failure> {
    let listener = TcpListener::bind(address).map_err(failure(2))?;
    println!(
        "listening on {}",
        listener.local_addr().map_err(failure(2))?
    );
    for client in listener.incoming() {
        let client = client.map_err(failure(1))?;
        thread::spawn(move || {
            if let Err(error) = echo(&client) {
                eprintln!("peer: {error}");
            }
        });
    }
    Ok(0)
}

fn echo(mut client: &TcpStream) -> io::Result<()> {
    let limits = Limits::default();
    for frame in Reader::new(client, limits) {
        let frame = frame?;
        client.write_all(&encode(&frame.header.text, &frame.body, &limits)?)?;
    }
    Ok(())
}
