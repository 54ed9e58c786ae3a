//! Connection from the bot to Telegram that can be cut: new connections are refused, and open ones break.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

pub(super) struct Line {
    /// Address for the bot.
    pub(super) near: SocketAddr,
    far: SocketAddr,
    carrying: Option<AbortOnDropHandle<()>>,
}

impl Line {
    /// Opens a line to an address.
    pub(super) async fn lay(far: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { near: listener.local_addr().unwrap(), far, carrying: Some(carry(listener, far)) }
    }

    pub(super) fn cut(&mut self) {
        self.carrying = None;
    }

    pub(super) async fn mend(&mut self) {
        self.carrying = Some(carry(TcpListener::bind(self.near).await.unwrap(), self.far));
    }
}

/// Forwards every connection until the returned handle is dropped.
fn carry(listener: TcpListener, far: SocketAddr) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut calls = JoinSet::new();
        while let Ok((mut caller, _)) = listener.accept().await {
            calls.spawn(async move {
                let mut called = TcpStream::connect(far).await?;
                caller.set_nodelay(true)?;
                called.set_nodelay(true)?;
                tokio::io::copy_bidirectional(&mut caller, &mut called).await
            });
        }
    }))
}
