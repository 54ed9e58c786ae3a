//! Container image, as operators run it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::bot::{Bot, IMAGE, docker};
use super::figures::Figures;
use super::server::{Inner, Server};

/// Tests the image with a question, a stop, a kill with an answer in flight, and a start on the same volume.
pub(super) async fn container(figures: &mut Figures, server: &Server) {
    server.reset();
    let volume = format!("pressdesk-soak-{}", std::process::id());
    println!("container: the image {IMAGE} with its journal on a volume");
    let is_answered = |n: usize| move |inner: &Inner| inner.seen.len() >= n;
    let start = Instant::now();
    let bot = Bot::contained(server, &volume);
    server.ask(1, "who paid for the workshop?");
    let is_first = server.until(Duration::from_secs(60), is_answered(1)).await;
    let elapsed = start.elapsed().as_secs_f64();
    figures.print(&format!("a question at its start is answered after {elapsed:.1} s"), "answered", is_first);
    let (elapsed, code) = bot.terminate();
    let figure = format!("a stop takes {:.2} s, with code {}", elapsed.as_secs_f64(), code.unwrap_or(-1));
    figures.print(&figure, "at most 8 s, 0", elapsed <= Duration::from_secs(8) && code == Some(0));

    server.state.lock().unwrap().is_throttling = true;
    let n_calls = server.state.lock().unwrap().n_calls;
    let mut bot = Bot::contained(server, &volume);
    server.ask(2, "who paid for the workshop?");
    let is_taken = server.until(Duration::from_secs(60), |inner| inner.n_calls > n_calls).await;
    bot.kill();
    server.state.lock().unwrap().is_throttling = false;
    let bot = Bot::contained(server, &volume);
    let is_second = server.until(Duration::from_secs(60), is_answered(2)).await;
    figures.print("killed with a question on its way, answered by the next", "answered", is_taken && is_second);
    bot.terminate();
    let _ = docker().args(["volume", "rm", &volume]).stdout(Stdio::null()).status();
}
