// SPDX-License-Identifier: MIT
//! framing-server-tokio [--send]: answers by `forward`, which flushes when no frame is at hand; or
//! by a `send` for each frame, which flushes it.

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

const MOST: usize = 16 << 20;

async fn echo(socket: TcpStream, send: bool) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let codec = LengthDelimitedCodec::builder().max_frame_length(MOST).new_codec();
    let (mut sink, mut frames) = Framed::new(socket, codec).split();
    if !send {
        return frames.map(|frame| frame.map(|bytes| bytes.freeze())).forward(sink).await;
    }
    while let Some(frame) = frames.next().await {
        sink.send(frame?.freeze()).await?;
    }
    Ok(())
}

async fn serve(send: bool) -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(async move { echo(socket, send).await.ok() });
    }
}

fn main() -> std::io::Result<()> {
    let send = std::env::args().nth(1).as_deref() == Some("--send");
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(serve(send))
}
