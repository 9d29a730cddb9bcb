// SPDX-License-Identifier: MIT
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use framing::{encode, object, Limits, Reader, Value};

use crate::{failure, visible, Failure};

/// A member of a chat room: lines of standard input are said, and what is said is printed.
pub fn run(address: &str, nick: &str) -> Result<i32, Failure> {
    listen(address, nick).map_err(failure(255))?;
    Ok(0)
}

fn listen(address: &str, nick: &str) -> io::Result<()> {
    let limits = Limits::default();
    let mut room = TcpStream::connect(address)?;
    let join = object([
        ("type", "join".into()),
        ("nick", nick.into()),
        ("room", "lobby".into()),
    ]);
    room.write_all(&encode(&join.to_string(), b"", &limits)?)?;
    for message in Reader::new(room.try_clone()?, limits) {
        let message = message?;
        let header = message.header.members();
        let member = |name| visible(header.get(name).and_then(Value::as_str).unwrap_or(""));
        match &member("type")[..] {
            "welcome" => {
                let (lines, said) = channel();
                thread::spawn(move || io::stdin().lines().try_for_each(|line| lines.send(line)));
                let room = room.try_clone()?;
                thread::spawn(move || say(&said, room));
            }
            "said" => {
                let text = String::from_utf8_lossy(&message.body);
                println!("{}: {}", member("from"), visible(&text));
            }
            kind @ ("joined" | "left") => println!("* {} has {kind}", member("nick")),
            "error" => eprintln!("{}: {}", member("code"), member("message")),
            "bye" => return Ok(()),
            _ => {}
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Says lines, and shows every 30 seconds that it is still there.
fn say(lines: &Receiver<io::Result<String>>, mut room: TcpStream) -> io::Result<()> {
    let mut send = |header, body: &str| {
        let frame = encode(header, body.as_bytes(), &Limits::default())?;
        room.write_all(&frame)
    };
    loop {
        match lines.recv_timeout(Duration::from_secs(30)) {
            Ok(Ok(line)) if line.is_empty() => {}
            Ok(line) => send(r#"{"type":"say"}"#, &line?)?,
            Err(RecvTimeoutError::Timeout) => send("{}", "")?,
            Err(RecvTimeoutError::Disconnected) => return send(r#"{"type":"quit"}"#, ""),
        }
    }
}
