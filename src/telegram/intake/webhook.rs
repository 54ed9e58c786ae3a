//! Webhook: Telegram posts each update to our address, and retries until the response is 200.
//!
//! The response is 200 once the update is in the journal. It never contains the answer, whose delivery could not be verified.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use teloxide::requests::Payload;
use teloxide::types::True;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, error, info};
use url::Url;

use super::polling::{self, StartError};
use super::receive::Receiver;
use crate::config::BotToken;
use crate::health::{Health, HealthCheck};
use crate::metrics::Metrics;
use crate::telegram::delivery::Api;
use crate::telegram::{InvalidToken, WrongSetting};

/// Maximum size of an update in bytes; a message has 4096 characters.
const MAX_BODY: usize = 1 << 20;

/// Maximum number of updates in flight; Telegram retries those beyond.
const MAX_IN_FLIGHT: usize = 256;

/// Timeout of the body of a call.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum delay of the response to an update that is answered without the journal.
const OVERFLOW_REPLY_TIMEOUT: Duration = Duration::from_secs(30);

/// Maximum number of open connections; Telegram opens 40 at most.
const MAX_CONNECTIONS: usize = 512;

/// Timeout of the head of a call; idle connections can block all permits for this long.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for open connections to finish on shutdown; Telegram retries their calls.
const CONNECTION_DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Time between two checks of the webhook.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// Number of checks without a new failure after which delivery counts as recovered although updates are pending: Telegram retries
/// after a minute or two.
const MAX_QUIET_CHECKS: u32 = 5;

/// Maximum length of Telegram's description of a failure.
const MAX_ERROR_LEN: usize = 200;

/// Returns the secret that Telegram sends with each update: a hash of the token, so that replicas share it without a setting.
pub(crate) fn webhook_secret(token: &BotToken) -> String {
    let digest = Sha256::new().chain_update("pressdesk webhook ").chain_update(token.secret()).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Payload of setWebhook as JSON; teloxide's is a multipart form, for a certificate that is not used here.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SetWebhook {
    pub(crate) url: Url,
    pub(crate) secret_token: String,
    pub(crate) allowed_updates: Vec<&'static str>,
    pub(crate) max_connections: u8,
}

impl Payload for SetWebhook {
    type Output = True;
    const NAME: &'static str = "SetWebhook";
}

struct WebhookState {
    secret: String,
    receiver: Arc<Receiver>,
    metrics: Arc<Metrics>,
    permits: Semaphore,
}

/// Returns a refused startup call as an error with advice; the webhook is the only parameter that can be wrong.
pub(crate) fn start_error(refused: StartError) -> anyhow::Error {
    match refused {
        StartError::Token(invalid) => invalid.into(),
        StartError::Call(why) => {
            WrongSetting(format!("Telegram refuses the webhook ({why}); correct webhook.url")).into()
        }
    }
}

/// Payload of getWebhookInfo.
#[derive(Debug, Serialize)]
struct GetWebhookInfo {}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WebhookInfo {
    url: String,
    pending_update_count: u64,
    /// Time at which Telegram last failed to deliver an update, in seconds since 1970.
    last_error_date: Option<u64>,
    last_error_message: Option<String>,
}

impl Payload for GetWebhookInfo {
    type Output = WebhookInfo;
    const NAME: &'static str = "GetWebhookInfo";
}

/// Checks the webhook periodically and sets it again if it was changed; ends only when Telegram no longer knows the token.
pub(crate) async fn watch(api: Api, set: SetWebhook, health: Health) -> InvalidToken {
    let mut failures = DeliveryFailures::default();
    loop {
        let fault = match api.call(&GetWebhookInfo {}).await {
            Ok(info) => {
                let is_ours = info.url == set.url.as_str();
                health.set(HealthCheck::Delivery, failures.observe(info));
                if is_ours {
                    None
                } else {
                    error!("another webhook was set with this bot's token: setting ours again");
                    api.call(&set).await.err()
                }
            }
            Err(fault) => Some(fault),
        };
        if let Some(fault) = &fault
            && api.is_token_revoked(fault).await
        {
            return InvalidToken;
        }
        health.set(HealthCheck::Intake, fault.map(|fault| format!("the webhook can't be checked: {fault}")));
        tokio::time::sleep(CHECK_INTERVAL).await;
    }
}

/// Failures of Telegram to deliver updates.
#[derive(Debug, Default)]
struct DeliveryFailures {
    /// Time of the last failure, if any; `None` before the first check.
    last: Option<Option<u64>>,
    /// Current failure as a sentence, and the number of checks since it was new.
    now: Option<(String, u32)>,
}

impl DeliveryFailures {
    /// Returns the current failure, until delivery has recovered: no updates are pending, or none failed for some checks.
    fn observe(&mut self, info: WebhookInfo) -> Option<String> {
        // Failures from before the start are ignored: the bot was not running.
        let is_new = self.last.replace(info.last_error_date).is_some_and(|last| last < info.last_error_date);
        if is_new {
            // Telegram's description of the connection error; it contains no user text.
            let text = info.last_error_message.unwrap_or_default();
            let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_ERROR_LEN).collect();
            let fault = format!("Telegram can't deliver updates to the webhook: {text}");
            if self.now.as_ref().is_none_or(|(known, _)| *known != fault) {
                error!("{fault}");
            }
            self.now = Some((fault, 0));
        } else if let Some((_, n_checks)) = &mut self.now {
            *n_checks += 1;
            if info.pending_update_count == 0 || *n_checks >= MAX_QUIET_CHECKS {
                info!("Telegram delivers updates to the webhook again");
                self.now = None;
            }
        }
        self.now.as_ref().map(|(fault, _)| fault.clone())
    }
}

/// Serves the webhook until `closing` is cancelled.
pub(crate) async fn listen(
    listener: TcpListener,
    secret: String,
    receiver: Arc<Receiver>,
    metrics: Arc<Metrics>,
    closing: CancellationToken,
) {
    let state = Arc::new(WebhookState { secret, receiver, metrics, permits: Semaphore::new(MAX_IN_FLIGHT) });
    // Any path, because a reverse proxy may have rewritten it.
    let router = Router::new().fallback(receive).with_state(state);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let connection_permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = TaskTracker::new();
    let receiving = async {
        // Further connections wait to be accepted; the semaphore is never closed.
        while let Ok(permit) = Arc::clone(&connection_permits).acquire_owned().await {
            let Ok((stream, _)) = listener.accept().await else {
                // Too many open files: temporary.
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            };
            let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
            let closing = closing.clone();
            connections.spawn(async move {
                let _permit = permit;
                let mut connection = pin!(connection);
                let is_over = tokio::select! {
                    // Connection errors are the client's.
                    _ = connection.as_mut() => true,
                    () = closing.cancelled() => false,
                };
                if !is_over {
                    connection.as_mut().graceful_shutdown();
                    _ = tokio::time::timeout(CONNECTION_DRAIN_TIMEOUT, connection).await;
                }
            });
        }
    };
    tokio::select! {
        () = closing.cancelled() => {}
        () = receiving => {}
    }
    connections.close();
    connections.wait().await;
}

async fn receive(State(state): State<Arc<WebhookState>>, request: Request) -> StatusCode {
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    if !has_secret(request.headers(), &state.secret) {
        // Not logged above debug: anybody who finds the address could flood the log.
        debug!("a webhook call without the secret was rejected");
        state.metrics.webhook_unauthorized.inc();
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(_permit) = state.permits.try_acquire() else {
        info!("the webhook is at capacity: an update was rejected");
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    // An unfinished body must not hold its permit.
    let reading = tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(request.into_body(), MAX_BODY));
    let body = match reading.await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE,
        Err(_) => return StatusCode::REQUEST_TIMEOUT,
    };
    let Ok(raw) = serde_json::from_slice::<&RawValue>(&body) else { return StatusCode::BAD_REQUEST };
    let raw = polling::parse(raw);
    let receiver = Arc::clone(&state.receiver);
    // Spawned, so that a broken connection cannot interrupt it.
    let taking = tokio::spawn(async move {
        receiver.receive(std::slice::from_ref(&raw)).await;
        receiver.may_confirm(&raw, Instant::now() + OVERFLOW_REPLY_TIMEOUT).await
    });
    if taking.await.unwrap_or(false) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

fn has_secret(headers: &HeaderMap, secret: &str) -> bool {
    let shown = headers.get("x-telegram-bot-api-secret-token").map(|shown| shown.as_bytes()).unwrap_or_default();
    shown.ct_eq(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_is_reported_until_delivery_works_again() {
        let mut failures = DeliveryFailures::default();
        let mut observe = |last_error_date: u64, pending_update_count: u64| {
            let info = WebhookInfo {
                pending_update_count,
                last_error_date: Some(last_error_date),
                last_error_message: Some("Connection refused".to_owned()),
                ..WebhookInfo::default()
            };
            failures.observe(info).is_some()
        };
        assert!(!observe(100, 3), "it is from before the start");
        assert!(!observe(100, 3));
        assert!(observe(130, 3));
        assert!(!observe(130, 0), "nothing is pending");
        assert!(observe(200, 3));
        assert!(observe(200, 3), "Telegram may not have retried yet");
        assert!(observe(290, 4), "it has retried and failed");
        let is_reported: Vec<bool> = (0..6).map(|_| observe(290, 4)).collect();
        assert_eq!(is_reported, [true, true, true, true, false, false]);
    }
}
