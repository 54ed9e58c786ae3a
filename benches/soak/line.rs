//! The way from the bot to Telegram, which can be cut: connections are refused then, and those that are open break.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

pub(super) struct Line {
    /// Where the bot calls.
    pub(super) near: SocketAddr,
    far: SocketAddr,
    carrying: Option<AbortOnDropHandle<()>>,
}

impl Line {
    /// Lays a line to an address.
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

/// Carries every call until what is returned is dropped.
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
