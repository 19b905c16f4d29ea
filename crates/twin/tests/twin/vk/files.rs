//! Files: photos, documents, voices.

use super::*;

/// Posts a file to an upload address.
fn upload(bench: &mut Bench, url: &Value, field: &str, name: &str, bytes: &[u8]) -> Value {
    let path = url.as_str().expect("an address").strip_prefix("http://127.0.0.1:8090");
    let request = form::with_file(path.expect("the twin's"), &[], (field, name, bytes));
    bench.twin.request(bench.now_ms, &request).to_json()
}

#[test]
fn photos_and_documents_in_three_steps() {
    let (mut bench, peer) = written();
    let server = response(&mut bench, "photos.getMessagesUploadServer", &[("peer_id", &peer)]);
    let got = upload(&mut bench, &server["upload_url"], "photo", "a.png", PNG);
    let (number, photo, hash) = (
        got["server"].to_string(),
        got["photo"].as_str().expect("text"),
        got["hash"].as_str().expect("text"),
    );
    let saved = response(
        &mut bench,
        "photos.saveMessagesPhoto",
        &[("server", &number), ("photo", photo), ("hash", hash)],
    );
    let photo = format!(
        "photo{}_{}_{}",
        saved[0]["owner_id"],
        saved[0]["id"],
        saved[0]["access_key"].as_str().expect("text")
    );

    let bytes: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let server = response(
        &mut bench,
        "docs.getMessagesUploadServer",
        &[("type", "doc"), ("peer_id", &peer)],
    );
    let got = upload(&mut bench, &server["upload_url"], "file", "a.bin", &bytes);
    let file = got["file"].as_str().expect("text").to_owned();
    let saved = response(&mut bench, "docs.save", &[("file", &file), ("title", "Отчёт.bin")]);
    assert_eq!(
        (&saved["type"], &saved["doc"]["title"], &saved["doc"]["size"]),
        (&json!("doc"), &json!("Отчёт.bin"), &json!(5_000))
    );
    let doc = format!("doc{}_{}", saved["doc"]["owner_id"], saved["doc"]["id"]);
    assert_eq!(code(&mut bench, "docs.save", &[("file", &file)]), 105, "once");
    for attachment in [&photo, &doc] {
        let fields = [("peer_id", peer.as_str()), ("random_id", "0"), ("attachment", attachment)];
        response(&mut bench, "messages.send", &fields);
    }
    bench.pass(1_000);
    let shown = bubbles(&mut bench, ANNA);
    assert_eq!((&shown[1]["kind"], &shown[2]["kind"]), (&json!("image"), &json!("document")));
    let url = shown[2]["file"]["url"].as_str().expect("an address");
    let path = url.strip_prefix("http://127.0.0.1:8090").expect("the twin's").to_owned();
    assert_eq!(bench.request("GET", &path, &Value::Null).body, bytes);
}

#[test]
fn voices_are_saved_and_what_is_not_allowed_is_not() {
    let (mut bench, _) = written();
    let server = response(&mut bench, "docs.getMessagesUploadServer", &[("type", "audio_message")]);
    let got = upload(&mut bench, &server["upload_url"], "file", "a.ogg", b"OggS");
    let saved = response(&mut bench, "docs.save", &[("file", got["file"].as_str().expect("text"))]);
    assert_eq!(saved["type"], "audio_message");
    let server = response(&mut bench, "docs.getMessagesUploadServer", &[]);
    let got = upload(&mut bench, &server["upload_url"], "file", "a.mp3", b"ID3");
    assert_eq!(
        code(&mut bench, "docs.save", &[("file", got["file"].as_str().expect("text"))]),
        105
    );
    let server = response(&mut bench, "photos.getMessagesUploadServer", &[]);
    let got = upload(&mut bench, &server["upload_url"], "photo", "a.png", b"text");
    assert_eq!(got["photo"], "[]");
    let number = got["server"].to_string();
    let save = [
        ("server", number.as_str()),
        ("photo", "[]"),
        ("hash", got["hash"].as_str().expect("text")),
    ];
    assert_eq!(code(&mut bench, "photos.saveMessagesPhoto", &save), 129);
    let got = upload(
        &mut bench,
        &json!("http://127.0.0.1:8090/vk/upload/200000001/doc/none"),
        "file",
        "a",
        b"x",
    );
    assert!(got["error"].is_string());
}
