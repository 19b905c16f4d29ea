//! What a process has used, as the kernel counts it.

use std::{fs, time::Duration};

use anyhow::Context;

/// Length of a tick in `/proc/*/stat`: the kernel shows 100 a second on every architecture we know.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time of a process so far: all threads, user and system.
pub fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| path.clone())?;
    // The name in brackets may hold anything; `utime` and `stime` are the 12th and 13th after it.
    let (_, rest) = stat.rsplit_once(')').context("no name in stat")?;
    let mut ticks = 0;
    for word in rest.split_whitespace().skip(11).take(2) {
        ticks += word.parse::<u32>().with_context(|| path.clone())?;
    }
    Ok(TICK * ticks)
}

/// Memory of a process, KiB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// Resident now.
    pub resident_kib: u64,
    /// Resident at its highest.
    pub peak_kib: u64,
}

/// The memory of a process.
pub fn memory(pid: u32) -> anyhow::Result<Memory> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| path.clone())?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Ok(Memory {
        resident_kib: field("VmRSS:").unwrap_or_default(),
        peak_kib: field("VmHWM:").unwrap_or_default(),
    })
}

/// CPU time of two processes at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    hub: Duration,
    bench: Duration,
}

impl Mark {
    /// Now.
    pub fn now(hub: u32) -> anyhow::Result<Self> {
        Ok(Self { hub: cpu(hub)?, bench: cpu(std::process::id())? })
    }

    /// What the hub and the bench have used since.
    pub fn since(self, hub: u32) -> anyhow::Result<(Duration, Duration)> {
        let now = Self::now(hub)?;
        Ok((now.hub.saturating_sub(self.hub), now.bench.saturating_sub(self.bench)))
    }
}

/// Bytes this process has handed to the system so far: files and sockets.
pub fn written() -> anyhow::Result<u64> {
    let io = fs::read_to_string("/proc/self/io").context("/proc/self/io")?;
    let field = io.lines().find_map(|line| line.strip_prefix("wchar: ")).context("no wchar")?;
    Ok(field.trim().parse()?)
}
