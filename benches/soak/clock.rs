//! Accelerated clock for the unmodified program: an hour in 80 seconds.
//!
//! libfaketime intercepts the kernel's clocks, including monotonic ones, and shortens each wait on them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Seconds of the bot's clock per second. Its timeouts shrink accordingly: a delay of a third of a second takes 15 for the bot,
/// the timeout of a call.
pub(super) const PACE: f64 = 45.0;

/// Accelerated clock, shared by all processes of the bot.
pub(super) struct Clock {
    library: PathBuf,
    start: Instant,
}

impl Clock {
    /// Starts the clock; `None` if Debian's package `libfaketime` is not installed.
    pub(super) fn start() -> Option<Self> {
        let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
        let library =
            folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|library| library.exists())?;
        Some(Self { library, start: Instant::now() })
    }

    /// Returns the environment of a process with this clock, which starts at the current accelerated time.
    pub(super) fn environment(&self) -> [(&'static str, String); 2] {
        let ahead = self.start.elapsed().as_secs_f64() * (PACE - 1.0);
        [("LD_PRELOAD", self.library.display().to_string()), ("FAKETIME", format!("+{ahead:.0} x{PACE}"))]
    }
}

/// Converts seconds of the bot's clock to real time.
pub(super) fn real(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds / PACE)
}

/// Returns the seconds of the bot's clock since an instant.
pub(super) fn seconds_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * PACE
}
