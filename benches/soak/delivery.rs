//! Telegram's side of a webhook: posts each update to the bot, with retries until it is accepted or expires.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::clock::real;
use super::server::Server;
use super::updates::Update;

/// Initial and maximum backoff of Telegram, and its timeout for a response, in seconds.
///
/// Source: `WebhookActor.cpp` of tdlib/telegram-bot-api.
const INITIAL_BACKOFF: f64 = 1.0;
const MAX_BACKOFF: f64 = 60.0;
const RESPONSE_TIMEOUT: f64 = 60.0;

/// Posts the pending updates of the server one after the other, forever.
pub(super) async fn deliver(server: Server, to: SocketAddr) {
    let mut pause = INITIAL_BACKOFF;
    loop {
        let changed = server.changed.notified();
        let Some((id, raw, secret)) = next(&server) else {
            changed.await;
            continue;
        };
        let posting = tokio::time::timeout(real(RESPONSE_TIMEOUT), post(to, &secret, &raw));
        if matches!(posting.await, Ok(Ok(200))) {
            server.state.lock().unwrap().updates.retain(|update| update.id != id);
            pause = INITIAL_BACKOFF;
        } else {
            tokio::time::sleep(real(pause)).await;
            pause = MAX_BACKOFF.min(2.0 * pause);
        }
    }
}

/// Returns the next update, with the secret.
fn next(server: &Server) -> Option<(i64, Vec<u8>, String)> {
    let mut inner = server.state.lock().unwrap();
    inner.expire();
    let secret = inner.webhook.1.clone();
    let Update { id, raw, .. } = inner.updates.front().filter(|_| !secret.is_empty())?;
    Some((*id, raw.to_vec(), secret))
}

/// Posts an update; returns the status of the answer.
async fn post(to: SocketAddr, secret: &str, raw: &[u8]) -> io::Result<u16> {
    let mut stream = TcpStream::connect(to).await?;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: desk\r\nConnection: close\r\nContent-Length: {}\r\n\
         X-Telegram-Bot-Api-Secret-Token: {secret}\r\n\r\n",
        raw.len()
    );
    stream.write_all(&[head.as_bytes(), raw].concat()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}
