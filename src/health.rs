//! Health: the endpoint with `/healthz`, `/readyz` and `/metrics`, and the probe of it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use tokio::net::TcpListener;

/// Timeout of `pressdesk health`.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Health check, which passes or fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthCheck {
    /// Telegram was reached at startup.
    Start,
    /// Updates come in.
    Intake,
    /// Telegram can deliver updates to the webhook. A failure does not affect readiness: a load balancer that takes the bot out
    /// would prevent every delivery.
    Delivery,
    /// The journal can be written.
    Journal,
    /// The bot is not shutting down.
    Stopping,
    /// Answers go out without a long delay. A failure does not affect readiness.
    Backlog,
}

/// Failing health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthFault {
    /// Check that fails.
    pub check: HealthCheck,
    /// Reason of the failure.
    pub reason: String,
}

impl HealthFault {
    /// Tells whether it makes the bot unready.
    #[must_use]
    pub fn is_unready(&self) -> bool {
        !matches!(self.check, HealthCheck::Delivery | HealthCheck::Backlog)
    }
}

impl fmt::Display for HealthFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = if self.is_unready() { "not ready: " } else { "ready, but " };
        write!(f, "{before}{}", self.reason)
    }
}

/// Failing checks and their reasons; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<HealthCheck, String>>>);

impl Health {
    /// Records why a check fails; `None` when it passes.
    pub fn set(&self, check: HealthCheck, reason: Option<String>) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match reason {
            Some(reason) => drop(faults.insert(check, reason)),
            None => drop(faults.remove(&check)),
        }
    }

    /// Returns the failing checks.
    #[must_use]
    pub fn faults(&self) -> Vec<HealthFault> {
        let faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.iter().map(|(check, reason)| HealthFault { check: *check, reason: reason.clone() }).collect()
    }
}

/// Serves `/healthz`, `/readyz` (with the failing checks that `faults` returns) and `/metrics` until dropped.
pub async fn listen(
    listener: TcpListener,
    faults: impl Fn() -> Vec<HealthFault> + Clone + Send + Sync + 'static,
    metrics: impl Fn() -> String + Clone + Send + Sync + 'static,
) {
    let ready = move || async move {
        let faults = faults();
        let is_ready = !faults.iter().any(HealthFault::is_unready);
        let reasons: Vec<String> = faults.into_iter().map(|fault| fault.reason).collect();
        match reasons.join("; ") {
            reasons if !is_ready => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reasons}\n")),
            reasons if !reasons.is_empty() => (StatusCode::OK, format!("ready, but {reasons}\n")),
            _ => (StatusCode::OK, "ready\n".to_owned()),
        }
    };
    let metrics = move || async move {
        ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], metrics())
    };
    let router = Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics));
    let _ = axum::serve(listener, router).await;
}

/// Asks a running bot whether it is ready.
///
/// # Errors
///
/// Returns an error with the reason when no bot answers at the address or the bot is not ready.
pub fn probe(address: SocketAddr) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)
        .with_context(|| format!("no bot answers at {address} (setting health.listen)"))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut response = String::new();
    stream.read_to_string(&mut response).context("the bot did not answer in time")?;
    let (head, body) = response.split_once("\r\n\r\n").context("the answer is not from pressdesk")?;
    let is_ready = head.split_whitespace().nth(1) == Some("200");
    if is_ready { Ok(body.trim().to_owned()) } else { bail!("{}", body.trim()) }
}
