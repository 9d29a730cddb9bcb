// SPDX-License-Identifier: MIT
// An echo server over Netty, as its users write one; run from its source: java -cp JARS Netty.java

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;

final class Netty {
    private static final int MOST = 16 << 20;

    private static final class Echo extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
            context.write(frame.retain());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        NioEventLoopGroup loop = new NioEventLoopGroup(1);
        Channel door = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 4096)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new ChannelInitializer<SocketChannel>() {
                @Override
                protected void initChannel(SocketChannel peer) {
                    peer.pipeline().addLast(new LengthFieldBasedFrameDecoder(MOST, 0, 4, 0, 4),
                        new LengthFieldPrepender(4), new Echo());
                }
            })
            .bind("127.0.0.1", 0).sync().channel();
        System.out.println("listening on " + door.localAddress());
        door.closeFuture().sync();
    }
}
