//! What wakes a shard at its next deadline.
//!
//! On Linux a kernel timer, because tokio's own rounds every deadline up to its millisecond, which is
//! as long as the whole call that it delays.
//!
//! **Invariant:** a wake-up may be missed for a new one, never lost: whoever sleeps again sets it again.

#[cfg(not(target_os = "linux"))]
pub use coarse::Timer;
#[cfg(target_os = "linux")]
pub use fine::Timer;

/// No sleep is shorter (but for none at all): where deadlines lie closer, waking for each of them takes
/// the time that the calls need.
#[cfg(target_os = "linux")]
const SHORTEST: std::time::Duration = std::time::Duration::from_micros(100);

/// No sleep is longer; a shard that wakes early looks at its deadlines and sleeps again.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(3600);

#[cfg(target_os = "linux")]
mod fine {
    use super::{LONGEST, SHORTEST};
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use std::{io, os::fd::OwnedFd, time::Duration};
    use tokio::io::{Interest, unix::AsyncFd};

    /// A kernel timer that the runtime waits for as it waits for a socket.
    #[derive(Debug)]
    pub struct Timer {
        fd: AsyncFd<OwnedFd>,
    }

    impl Timer {
        /// A timer of the current runtime.
        #[expect(
            deprecated,
            reason = "the new name is unsafe, for types less well-behaved than OwnedFd"
        )]
        pub fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            Ok(Self { fd: AsyncFd::with_interest(fd, Interest::READABLE)? })
        }

        /// Sleeps this long, or less if that is more than an hour, or for a tenth of a millisecond.
        pub async fn sleep(&mut self, duration: Duration) {
            if duration.is_zero() {
                return; // To the kernel zero means never.
            }
            self.set(duration.clamp(SHORTEST, LONGEST))
                .expect("a kernel timer can be set to an hour or less");
            let mut expirations = [0; 8];
            loop {
                let ready = self.fd.readable_mut().await;
                let mut ready = ready.expect("the runtime outlives its tasks");
                let read = ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut expirations)?));
                // What is read is how often it rang; a ring of an earlier setting is nothing to read.
                if read.is_ok() {
                    return;
                }
            }
        }

        fn set(&self, duration: Duration) -> rustix::io::Result<()> {
            const NEVER_AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
            let it_value = Timespec::try_from(duration).expect("an hour fits a timespec");
            let times = Itimerspec { it_interval: NEVER_AGAIN, it_value };
            timerfd_settime(self.fd.get_ref(), TimerfdTimerFlags::empty(), &times).map(drop)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod coarse {
    use super::LONGEST;
    use std::{io, time::Duration};

    /// The runtime's own timer.
    #[derive(Debug)]
    pub struct Timer;

    impl Timer {
        /// A timer of the current runtime.
        pub fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Sleeps this long, or less if that is more than an hour.
        pub async fn sleep(&mut self, duration: Duration) {
            tokio::time::sleep(duration.min(LONGEST)).await;
        }
    }
}
