// SPDX-License-Identifier: MIT
use std::fs;
use std::io::{self, Write};
use std::net::TcpStream;

use framing::{encode, object, Limits, Reader, Value};

use crate::{failure, visible, Failure};

/// Runs one command at a shell server, and exits as it does.
pub fn run(address: &str, token_file: &str, command: &str) -> Result<i32, Failure> {
    let token = fs::read_to_string(token_file).map_err(failure(2))?;
    let server = TcpStream::connect(address).map_err(failure(255))?;
    ask(&server, token.trim(), command).map_err(failure(255))?;
    follow(&server)
}

fn ask(mut server: &TcpStream, token: &str, command: &str) -> io::Result<()> {
    for request in [
        object([("type", "auth".into()), ("token", token.into())]),
        object([
            ("type", "exec".into()),
            ("id", 0.into()),
            ("command", command.into()),
        ]),
        object([("type", "stdin_close".into()), ("id", 0.into())]),
    ] {
        server.write_all(&encode(&request.to_string(), b"", &Limits::default())?)?;
    }
    Ok(())
}

fn follow(server: &TcpStream) -> Result<i32, Failure> {
    for message in Reader::new(server, Limits::default()) {
        let message = message.map_err(failure(255))?;
        let header = message.header.members();
        let member = |name| header.get(name).and_then(Value::as_str).unwrap_or("");
        match member("type") {
            "stdout" => io::stdout().write_all(&message.body).map_err(failure(1))?,
            "stderr" => io::stderr().write_all(&message.body).map_err(failure(1))?,
            "error" if member("code") != "unknown_id" => return Err((1, visible(member("code")))),
            "exit" => {
                io::stdout().flush().map_err(failure(1))?;
                let status = header.get("status").and_then(Value::as_u64);
                return Ok(status.map_or(128 + number_of(member("signal")), |s| s as i32));
            }
            _ => {}
        }
    }
    Err((255, "the server has gone".into()))
}

/// As POSIX has them.
fn number_of(signal: &str) -> i32 {
    match signal {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "ABRT" => 6,
        "KILL" => 9,
        "PIPE" => 13,
        "TERM" => 15,
        _ => 0,
    }
}
