//! What the kernel says of a process on this machine.

use std::fs;

use anyhow::Context;

/// Resident memory in bytes.
pub fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("process {pid} is not on this machine"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS line")?;
    let kib: u64 =
        line.trim().trim_end_matches("kB").trim().parse().context("VmRSS is not a number")?;
    Ok(kib * 1024)
}

/// CPU time used so far, user and system, in seconds.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("process {pid} is not on this machine"))?;
    // The command's name may hold spaces; fields are counted after its closing parenthesis.
    let after = stat.rsplit_once(')').context("unexpected /proc stat")?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| {
        fields.get(at).and_then(|f| f.parse::<f64>().ok()).context("unexpected /proc stat")
    };
    // utime and stime; the kernel's tick for /proc is 100 a second on every Linux build in use.
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}
