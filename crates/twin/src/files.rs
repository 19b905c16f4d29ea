//! Files that were uploaded, from either side, and can be downloaded from the twin again.

use std::collections::VecDeque;

use crate::limits;

/// One uploaded file.
#[derive(Debug)]
pub struct Upload {
    /// Names it in its address.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A bounded store of files.
#[derive(Debug, Default)]
pub struct Files {
    kept: VecDeque<Upload>,
    bytes: usize,
}

impl Files {
    /// Keeps a file.
    pub fn add(&mut self, upload: Upload) {
        self.bytes += upload.bytes.len();
        self.kept.push_back(upload);
        while self.bytes > limits::FILES_BYTES_MAX {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.bytes.len();
        }
    }

    /// The file with that id.
    pub fn get(&self, id: &str) -> Option<&Upload> {
        self.kept.iter().find(|upload| upload.id == id)
    }
}
