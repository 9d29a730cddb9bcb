// SPDX-License-Identifier: MIT
//! Looks into streams of frames, and talks to our servers.
//!
//! ```sh
//! cargo run -- decode < stream
//! ```

mod bench;
mod chat;
mod decode;
mod echo;
mod shell;

use std::process::exit;

/// Why a program ends that did not do what it was to do: what it says, and its exit status.
type Failure = (i32, String);

const USAGE: &str = "\
usage: peer decode [--max-header N] [--max-body N] [--max-depth N]
       peer bench
       peer echo_client HOST:PORT WORD...
       peer echo_server HOST:PORT
       peer chat_client HOST:PORT NICK
       peer shell_client HOST:PORT TOKEN_FILE COMMAND";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["decode", ref options @ ..] => decode::run(options),
        ["bench"] => bench::run(),
        ["echo_client", address, ref words @ ..] if !words.is_empty() => echo::ask(address, words),
        ["echo_server", address] => echo::serve(address),
        ["chat_client", address, nick] => chat::run(address, nick),
        ["shell_client", address, token_file, command] => shell::run(address, token_file, command),
        _ => Err((2, USAGE.into())),
    };
    exit(result.unwrap_or_else(|(status, why)| {
        eprintln!("peer: {why}");
        status
    }));
}

fn failure(status: i32) -> impl Fn(std::io::Error) -> Failure {
    move |error| (status, error.to_string())
}

/// A text in which nothing acts on a terminal: controls, and what changes the direction of text,
/// are escaped as in JSON.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            _ if c.is_control() || is_format(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
            _ => shown.push(c),
        }
    }
    shown
}

/// What Unicode calls format characters, and separators of lines and paragraphs; without the
/// joiners, without which Persian and families of emoji fall apart.
fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}')
}
