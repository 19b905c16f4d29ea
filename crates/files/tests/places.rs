//! The same behaviour of every place: a folder, and a real S3 server where one is installed.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use vestnik_files::{
    FileError, FileStore,
    folder::Folder,
    hash,
    s3::{S3, Settings},
};
use vestnik_model::{file::FileHash, secret::Secret, time::Millis};
use vestnik_net::Client;
use vestnik_provider::{
    Transport,
    wire::{Method, Request},
};

async fn exercise(store: &dyn FileStore) {
    let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let name = store.put(bytes.clone()).await.expect("this machine lets it");
    assert_eq!(name, hash(&bytes));
    assert_eq!(
        store.put(bytes.clone()).await.expect("this machine lets it"),
        name,
        "once more is no matter"
    );
    assert_eq!(store.get(name).await.expect("this machine lets it"), bytes);
    assert_eq!(store.get(FileHash([1; 32])).await, Err(FileError::Missing));
    let nothing = store.put(Vec::new()).await.expect("this machine lets it");
    assert_eq!(store.get(nothing).await.expect("this machine lets it"), Vec::<u8>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_files() {
    let place = tempfile::tempdir().expect("this machine lets it");
    let folder = Folder::new(place.path().join("files"));
    exercise(&folder).await;
    let name = folder.put(b"whole".to_vec()).await.expect("this machine lets it").to_string();
    let path = place.path().join("files").join(&name[..2]).join(&name[2..4]).join(&name);
    std::fs::write(path, b"wrong").expect("this machine lets it");
    let damaged = folder.get(FileHash::parse(&name).expect("this machine lets it")).await;
    assert_eq!(damaged, Err(FileError::Damaged));
}

/// Ends the server with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .expect("this machine lets it")
        .local_addr()
        .expect("this machine lets it")
        .port()
}

async fn answers(client: &Client, url: &str) -> bool {
    let request = Request::new(Method::Put, "bucket", url.to_owned(), Vec::new(), Vec::new(), {
        Millis::seconds(5)
    });
    client.call(request).await.is_ok_and(|reply| reply.status == 200)
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_storage_keeps_files() {
    let port = free_port();
    let server = Command::new("moto_server")
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(server) = server else {
        eprintln!("skipped: no S3 server (moto_server) is installed");
        return;
    };
    let _server = Server(server);
    let endpoint = format!("http://127.0.0.1:{port}");
    let client = Client::new(vestnik_net::Settings::default().with_loopback());
    let bucket = format!("{endpoint}/vestnik");
    let mut is_up = false;
    for _ in 0..200 {
        if answers(&client, &bucket).await {
            is_up = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_up, "the S3 server has to come up");
    let settings = Settings {
        endpoint,
        region: "us-east-1".to_owned(),
        bucket: "vestnik".to_owned(),
        prefix: "files".to_owned(),
        access_key: "key".to_owned(),
        secret_key: Secret::new("s3cret"),
    };
    let store = S3::new(&settings, Arc::new(client)).unwrap();
    exercise(&store).await;
}
