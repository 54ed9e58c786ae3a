//! A clock that runs fast for the bot alone: an hour of its time in 80 seconds, and the program is the one that people run.
//!
//! libfaketime stands between the program and the kernel's clocks, those that never go back too, and shortens each wait on them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How many seconds pass for the bot in one. Its limits shrink with them: what takes this machine a third of a second took the
/// bot 15, and it gives a call to Telegram up.
pub(super) const PACE: f64 = 45.0;

/// The bot's clock, whichever of its processes looks at it.
pub(super) struct Clock {
    library: PathBuf,
    start: Instant,
}

impl Clock {
    /// Starts it; `None` where Debian's package `libfaketime` is not installed.
    pub(super) fn start() -> Option<Self> {
        let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
        let library =
            folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|library| library.exists())?;
        Some(Self { library, start: Instant::now() })
    }

    /// Returns what a process needs to go by it. One that starts later begins at a later time.
    pub(super) fn environment(&self) -> [(&'static str, String); 2] {
        let ahead = self.start.elapsed().as_secs_f64() * (PACE - 1.0);
        [("LD_PRELOAD", self.library.display().to_string()), ("FAKETIME", format!("+{ahead:.0} x{PACE}"))]
    }
}

/// Returns how long something takes here that takes so many of the bot's seconds.
pub(super) fn real(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds / PACE)
}

/// Returns how many of the bot's seconds have passed since then.
pub(super) fn seconds_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * PACE
}
