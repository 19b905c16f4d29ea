//! Files in storage that speaks S3, reached by signed addresses through the one client.

use crate::{Answer, FileError, FileStore, checked, hash};
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use std::{borrow::Cow, sync::Arc, time::Duration};
use url::Url;
use vestnik_model::{file::FileHash, secret::Secret, time::Millis};
use vestnik_provider::{
    Transport,
    wire::{Method, Reply, Request, Trouble},
};

/// How long a signed address is good.
const SIGNED_FOR: Duration = Duration::from_secs(300);
/// How long an exchange may take.
const TIMEOUT: Millis = Millis::seconds(60);

/// Where the storage is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its address: `https://storage.example.org`.
    pub endpoint: String,
    /// The region, as the storage calls it.
    pub region: String,
    /// The bucket; it must exist.
    pub bucket: String,
    /// What object names begin with, so that a bucket may be shared; may be empty.
    pub prefix: String,
    /// The public part of the credentials.
    pub access_key: String,
    /// The secret part.
    pub secret_key: Secret,
}

/// Storage that speaks S3.
pub struct S3 {
    bucket: Bucket,
    credentials: Credentials,
    prefix: String,
    transport: Arc<dyn Transport>,
}

impl S3 {
    /// Storage by its settings.
    ///
    /// # Errors
    /// If the address is none, or the bucket's name can't be one. For people, in English.
    pub fn new(settings: &Settings, transport: Arc<dyn Transport>) -> Result<Self, String> {
        let endpoint: Url = settings
            .endpoint
            .parse()
            .map_err(|_| "the storage's endpoint is not an address".to_owned())?;
        let (bucket, region) = (settings.bucket.clone(), settings.region.clone());
        let bucket = Bucket::new(endpoint, UrlStyle::Path, bucket, region)
            .map_err(|error| format!("the storage's bucket: {error}"))?;
        let credentials =
            Credentials::new(settings.access_key.clone(), settings.secret_key.reveal().to_owned());
        let prefix = settings.prefix.trim_matches('/').to_owned();
        Ok(Self { bucket, credentials, prefix, transport })
    }

    fn object(&self, hash: FileHash) -> String {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        format!("{}{slash}{hash}", self.prefix)
    }

    async fn call(
        &self,
        method: Method,
        label: &'static str,
        url: Url,
        body: Vec<u8>,
    ) -> Result<Reply, FileError> {
        let headers = match method {
            Method::Put => {
                vec![(Cow::Borrowed("content-type"), Cow::Borrowed("application/octet-stream"))]
            }
            Method::Get | Method::Post | Method::Patch | Method::Delete => Vec::new(),
        };
        let request = Request::new(method, label, url.into(), headers, body, TIMEOUT).for_file();
        self.transport
            .call(request)
            .await
            .map_err(|trouble: Trouble| FileError::Unavailable(trouble.detail().to_owned()))
    }
}

impl FileStore for S3 {
    fn put(&self, bytes: Vec<u8>) -> Answer<'_, FileHash> {
        Box::pin(async move {
            let hash = hash(&bytes);
            let object = self.object(hash);
            let url = self.bucket.put_object(Some(&self.credentials), &object).sign(SIGNED_FOR);
            let reply = self.call(Method::Put, "s3.put_object", url, bytes).await?;
            match reply.status {
                200..=299 => Ok(hash),
                status => Err(FileError::Unavailable(format!("put: HTTP {status}"))),
            }
        })
    }

    fn get(&self, hash: FileHash) -> Answer<'_, Vec<u8>> {
        Box::pin(async move {
            let object = self.object(hash);
            let url = self.bucket.get_object(Some(&self.credentials), &object).sign(SIGNED_FOR);
            let reply = self.call(Method::Get, "s3.get_object", url, Vec::new()).await?;
            match reply.status {
                200 => checked(hash, reply.body),
                404 => Err(FileError::Missing),
                status => Err(FileError::Unavailable(format!("get: HTTP {status}"))),
            }
        })
    }
}
