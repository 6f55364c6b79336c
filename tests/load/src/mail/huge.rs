//! One mail with a huge attachment: it comes in, whole, and memory stays flat.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};

use super::box_of_mail::MailServer;
use super::service::{start, stored, write_config};
use super::{Options, USER};
use crate::{process, progress};

/// More than this over what it had before is not flat.
const FLAT: u64 = 64 << 20;

/// Fills, runs, waits, compares, prints. False if the file is not as it was sent, or memory grew with it.
pub async fn run(options: &Options, mib: u64) -> anyhow::Result<bool> {
    let server = MailServer::start(&options.script, &options.data.join("server"))?;
    let sent = server.put_huge(USER, mib)?;
    let config = options.data.join("config");
    write_config(&options.config, &config, server.imap)?;
    let http = reqwest::Client::new();
    let mut service = start(&http, options, &config).await?;
    let pid = service.id().context("the service is gone")?;
    let before = process::resident(pid)?;
    let files = options.data.join("data/files");
    let bar = progress::bar("MiB kept", mib);
    let (began, mut peak) = (Instant::now(), before);
    // Read of the database, not of a counter, for its row is what says that all of it is kept.
    while stored(&options.data).await?.0 == 0 {
        for _ in 0..10 {
            peak = peak.max(process::resident(pid)?);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // The part and the original are written side by side.
        bar.set_position((on_disk(&files)? >> 20) * 3 / 7);
        ensure!(began.elapsed() < Duration::from_secs(3600), "not taken in within an hour");
    }
    bar.finish_and_clear();
    let seconds = began.elapsed().as_secs_f64();
    peak = peak.max(process::resident(pid)?);
    let cpu = process::cpu_seconds(pid)?;
    service.kill().await?;
    let kept = of_size(&files, sent.bytes)?;
    let same = match &kept {
        Some(path) => digest(path)? == sent.digest,
        None => false,
    };
    if options.json {
        let figures = serde_json::json!({
            "mib": mib, "seconds": seconds, "cpu_seconds": cpu, "same": same,
            "resident_bytes": { "before": before, "peak": peak },
        });
        println!("{figures:#}");
    } else {
        println!(
            "an attachment of {mib} MiB in {seconds:.1} s, {cpu:.1} s of processor; resident {} MiB before, at most {} MiB; {}",
            before >> 20,
            peak >> 20,
            if same { "the file is as it was sent" } else { "THE FILE IS NOT AS IT WAS SENT" }
        );
    }
    Ok(same && peak - before <= FLAT)
}

/// What lies below a folder.
fn all(folder: &Path) -> anyhow::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // Folders come and go while it runs.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) => found.push((entry.path(), meta.len())),
                Err(_) => {}
            }
        }
    }
    Ok(found)
}

fn on_disk(folder: &Path) -> anyhow::Result<u64> {
    Ok(all(folder)?.iter().map(|(_, bytes)| bytes).sum())
}

fn of_size(folder: &Path, wanted: u64) -> anyhow::Result<Option<PathBuf>> {
    let found = all(folder)?.into_iter().find(|(_, bytes)| *bytes == wanted);
    Ok(found.map(|(path, _)| path))
}

fn digest(path: &Path) -> anyhow::Result<[u8; 32]> {
    let (mut digest, mut file) = (Sha256::new(), std::fs::File::open(path)?);
    std::io::copy(&mut file, &mut digest)?;
    Ok(digest.finalize().into())
}
