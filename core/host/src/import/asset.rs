//! `kerros:tagger/asset`: the plugin's own files, to be read.

use crate::kind::tagger::wit::asset;
use crate::state::CallState;

/// Bytes of one answer.
const MOST: usize = 1 << 20;

impl asset::Host for CallState {
    fn size(&mut self, name: String) -> wasmtime::Result<Option<u64>> {
        Ok(self.assets.get(&name).map(|file| file.len() as u64))
    }

    fn read(
        &mut self,
        name: String,
        offset: u64,
        length: u32,
    ) -> wasmtime::Result<Option<Vec<u8>>> {
        let Some(file) = self.assets.get(&name) else { return Ok(None) };
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(file.len());
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(MOST).min(file.len() - from);
        Ok(Some(file[from..from + length].to_vec()))
    }
}
