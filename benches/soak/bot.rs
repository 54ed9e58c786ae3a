//! Programs under test: the bot, its image, and a bare echo bot on plain teloxide.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::server::{Server, TOKEN};

/// Image of `make image`.
pub(super) const IMAGE: &str = "pressdesk";

/// Program under test, with the address of its metrics and its container.
pub(super) struct Bot(Child, SocketAddr, Option<String>);

impl Bot {
    pub(super) fn start(server: &Server, folder: &Path, environment: &[(&str, &str)]) -> Self {
        Self::start_on(server, folder, environment, None)
    }

    /// Starts the bot on some of the cores.
    pub(super) fn start_on(server: &Server, folder: &Path, environment: &[(&str, &str)], cores: Option<&str>) -> Self {
        let (health, program) = (free_address(), env!("CARGO_BIN_EXE_pressdesk"));
        let mut command = match cores {
            Some(cores) => {
                let mut command = Command::new("taskset");
                command.args(["-c", cores, program]);
                command
            }
            None => Command::new(program),
        };
        let child = command
            .arg("serve")
            .env("TELOXIDE_TOKEN", TOKEN)
            .env("TELOXIDE_API_URL", format!("http://{}", server.address))
            .env("PRESSDESK_JOURNAL_DATABASE", folder.join("journal.db"))
            .env("PRESSDESK_HEALTH_LISTEN", health.to_string())
            .env("PRESSDESK_LOG_FILTER", "off")
            // By keywords only: the cost of embeddings has its own benchmark.
            .env("PRESSDESK_MEANING_MODEL", "none")
            .env("PRESSDESK_LIMITS_PERSON_AT_ONCE", "0")
            .env("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "0")
            .env("PRESSDESK_LIMITS_OVERALL_A_SECOND", "0")
            .envs(environment.iter().copied())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child, health, None)
    }

    /// Starts the image as an operator would, with only the volume writable.
    pub(super) fn contained(server: &Server, volume: &str) -> Self {
        let (health, name) = (free_address(), format!("{volume}-bot"));
        let settings = [
            format!("TELOXIDE_TOKEN={TOKEN}"),
            format!("TELOXIDE_API_URL=http://{}", server.address),
            format!("PRESSDESK_HEALTH_LISTEN={health}"),
        ];
        let child = docker()
            .args(["run", "--rm", "--read-only", "--network", "host", "--name", &name])
            .args(["--volume", &format!("{volume}:/data")])
            .args(settings.iter().flat_map(|setting| ["--env", setting]))
            .arg(IMAGE)
            .spawn()
            .unwrap();
        Self(child, health, Some(name))
    }

    /// Starts the echo bot, which is this program in another mode.
    pub(super) fn echo(server: &Server) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .arg("echo")
            .env("TELOXIDE_TOKEN", TOKEN)
            .env("TELOXIDE_API_URL", format!("http://{}", server.address))
            .spawn()
            .unwrap();
        Self(child, server.address, None)
    }

    /// Reads a metric; 0 when there is none yet.
    pub(super) async fn metric(&self, name: &str) -> f64 {
        let page = self.page("/metrics").await;
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.unwrap_or_default()
    }

    /// Requests a page of its health endpoint; empty when there is none yet.
    pub(super) async fn page(&self, path: &str) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let Ok(mut stream) = tokio::net::TcpStream::connect(self.1).await else { return String::new() };
        let mut text = String::new();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.read_to_string(&mut text).await;
        text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    pub(super) fn kill(&mut self) {
        match self.2.take() {
            Some(container) => drop(docker().args(["kill", &container]).stdout(Stdio::null()).status()),
            None => drop(self.0.kill()),
        }
        let _ = self.0.wait();
        // Leftovers of libfaketime after a kill, with which it refuses to start.
        for kind in ["faketime_shm", "sem.faketime_sem"] {
            let _ = std::fs::remove_file(format!("/dev/shm/{kind}_{}", self.0.id()));
        }
    }

    pub(super) fn terminate(mut self) -> (Duration, Option<i32>) {
        let start = Instant::now();
        let _ = match self.2.take() {
            Some(container) => docker().args(["stop", "--time", "15", &container]).stdout(Stdio::null()).status(),
            None => Command::new("kill").arg(self.0.id().to_string()).status(),
        };
        let status = self.0.wait().unwrap();
        (start.elapsed(), status.code())
    }

    /// Processor time of all its threads.
    pub(super) fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        // Fields 14 and 15 of proc(5), in ticks of ten milliseconds.
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(10 * ticks)
    }

    /// Resident memory in MiB.
    pub(super) fn memory(&self) -> f64 {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.0.id())).unwrap_or_default();
        let pages: f64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
        pages * 4096.0 / 1024.0 / 1024.0
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(super) fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Container command: the variable DOCKER, as for `make`.
pub(super) fn docker() -> Command {
    let words = std::env::var("DOCKER").unwrap_or_else(|_| "docker".to_owned());
    let mut words = words.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("docker"));
    command.args(words);
    command
}

/// Runs the echo bot.
pub(super) async fn echo() {
    use teloxide::prelude::*;
    let bot = teloxide::Bot::new(std::env::var("TELOXIDE_TOKEN").unwrap())
        .set_api_url(std::env::var("TELOXIDE_API_URL").unwrap().parse().unwrap());
    let answer = |bot: teloxide::Bot, message: Message| async move {
        if let Some(text) = message.text() {
            bot.send_message(message.chat.id, text).await?;
        }
        Ok::<_, teloxide::RequestError>(())
    };
    Dispatcher::builder(bot, Update::filter_message().endpoint(answer)).build().dispatch().await;
}
