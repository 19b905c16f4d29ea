//! Files: uploaded, worked on, sent.

use super::*;

#[test]
fn files_are_uploaded_worked_on_and_sent() {
    let (mut bench, path) = started();
    let upload = |bench: &mut Bench, url: &Value, name: &str, bytes: &[u8]| {
        let url = url.as_str().expect("an address");
        let path = url.strip_prefix("http://127.0.0.1:8090").expect("the twin's");
        let request = form::with_file(path, &[], ("data", name, bytes));
        bench.twin.request(bench.now_ms, &request)
    };
    let bytes: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let begun = ok(&mut bench, "POST", "/uploads?type=file", &Value::Null);
    assert!(begun.get("token").is_none());
    let done = upload(&mut bench, &begun["url"], "отчёт.bin", &bytes).to_json();
    assert!(done["fileId"].is_i64());
    let send = json!({ "text": "Look", "attachments": [{ "type": "file", "payload": { "token": done["token"] } }] });
    let answer = call(&mut bench, "POST", &path, &send);
    let waiting = json!({ "code": "attachment.not.ready", "message": "Key: errors.process.attachment.file.not.processed" });
    assert_eq!((answer.status, answer.to_json()), (400, waiting));
    bench.pass(1_000);
    let sent = ok(&mut bench, "POST", &path, &send);
    assert_eq!(sent["message"]["body"]["attachments"][0]["filename"], "отчёт.bin");
    bench.pass(1_000);
    let shown = bubbles(&mut bench, ANNA);
    assert_eq!(shown.len(), 1, "what was not ready was not sent");
    let url = shown[0]["file"]["url"].as_str().expect("an address");
    let file = url.strip_prefix("http://127.0.0.1:8090").expect("the twin's").to_owned();
    assert_eq!(bench.request("GET", &file, &Value::Null).body, bytes);

    let begun = ok(&mut bench, "POST", "/uploads?type=image", &Value::Null);
    let done = upload(&mut bench, &begun["url"], "a.png", b"png").to_json();
    let through =
        json!({ "attachments": [{ "type": "image", "payload": { "photos": done["photos"] } }] });
    ok(&mut bench, "POST", &path, &through);
    let begun = ok(&mut bench, "POST", "/uploads?type=video", &Value::Null);
    let done = upload(&mut bench, &begun["url"], "a.mp4", b"mp4");
    assert_eq!(done.body, b"<retval>1</retval>");
    bench.pass(1_000);
    let video =
        json!({ "attachments": [{ "type": "video", "payload": { "token": begun["token"] } }] });
    ok(&mut bench, "POST", &path, &video);
    let token = begun["token"].as_str().expect("text");
    assert!(ok(&mut bench, "GET", &format!("/videos/{token}"), &Value::Null)["urls"].is_object());
    let begun = ok(&mut bench, "POST", "/uploads?type=file", &Value::Null);
    let refused = upload(&mut bench, &begun["url"], "a.exe", b"MZ");
    assert_eq!(
        (refused.status, refused.to_json()["message"].clone()),
        (400, json!("File extension is forbidden"))
    );
    bench.pass(1_000);
    let kinds: Vec<Value> = bubbles(&mut bench, ANNA).iter().map(|b| b["kind"].clone()).collect();
    assert_eq!(kinds, ["document", "image", "video"]);

    let mut official = WireRequest::new("POST", "/uploads?type=image");
    official.host = "platform-api2.max.ru".to_owned();
    official.headers.push(("authorization".to_owned(), MAX_TOKEN.to_owned()));
    let url = bench.twin.request(bench.now_ms, &official).to_json()["url"].clone();
    assert!(
        url.as_str().is_some_and(|url| url.starts_with("https://iu.oneme.ru/max/upload/")),
        "{url}"
    );
}
