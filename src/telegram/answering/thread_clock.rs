//! Clock of a thread: its processor time, independent of the load of the machine.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Processor time of a thread, readable from other threads.
#[derive(Debug, Default)]
pub(crate) struct ThreadClock {
    /// Folder of the thread in `/proc`, if the system has one.
    thread: OnceLock<Option<Arc<Path>>>,
    /// Processor time of the thread at the start.
    start: OnceLock<Duration>,
}

impl ThreadClock {
    /// Starts the clock of the calling thread.
    pub(crate) fn start(&self) {
        thread_local! {
            static FOLDER: Option<Arc<Path>> =
                std::fs::read_link("/proc/thread-self").ok().map(|path| Path::new("/proc").join(path).into());
        }
        let folder = FOLDER.with(Clone::clone);
        let _ = self.start.set(folder.as_deref().and_then(processor_time).unwrap_or_default());
        let _ = self.thread.set(folder);
    }

    /// Returns the processor time since the start; zero before it, and if the system does not report it.
    pub(crate) fn processor_time(&self) -> Duration {
        let now = self.thread.get().and_then(|thread| processor_time(thread.as_ref()?)).unwrap_or_default();
        now.saturating_sub(self.start.get().copied().unwrap_or(now))
    }
}

fn processor_time(thread: &Path) -> Option<Duration> {
    let stat = std::fs::read_to_string(thread.join("stat")).ok()?;
    // Fields 14 and 15 of proc(5), in ticks of ten milliseconds. The thread name before them may contain any character.
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(10 * ticks))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn clock_runs_only_while_its_thread_works() {
        let clock = Arc::new(ThreadClock::default());
        let (go, received) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn({
            let clock = Arc::clone(&clock);
            move || {
                clock.start();
                received.recv().unwrap_or_default();
                let start = clock.processor_time();
                while clock.processor_time() - start < Duration::from_millis(50) {}
                clock.processor_time()
            }
        });
        while clock.thread.get().is_none() {
            std::thread::yield_now();
        }
        let waiting = Instant::now();
        while waiting.elapsed() < Duration::from_millis(100) {}
        assert_eq!(clock.processor_time(), Duration::ZERO);
        go.send(()).unwrap();
        assert!(thread.join().unwrap() >= Duration::from_millis(50));
    }
}
