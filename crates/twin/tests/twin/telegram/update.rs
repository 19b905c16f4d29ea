//! Updates: what a bot is told, by webhook and by long poll.

use super::*;

#[test]
fn buttons_contacts_places_and_reactions_come_as_updates() {
    let (mut bench, chat) = started();
    let markup = json!({ "inline_keyboard": [[{ "text": "Yes", "callback_data": "y:17" }, { "text": "Site", "url": "https://a.example/" }]] });
    let sent = result(
        &mut bench,
        "sendMessage",
        &json!({ "chat_id": chat, "text": "?", "reply_markup": markup }),
    );
    bench.pass(1_000);
    let bubble = bubbles(&mut bench, ANNA).pop().expect("one");
    assert_eq!(
        bubble["buttons"][0],
        json!({ "text": "Yes", "press": "callback", "data": "y:17", "row": 0 })
    );
    let press = |button: Value| json!({ "id": bubble["id"], "button": button });
    assert_eq!(bench.control("POST", "/twin/press", press(json!("Yes"))), json!({ "told": true }));
    assert_eq!(bench.control("POST", "/twin/press", press(json!(1))), json!({ "told": false }));
    bench.pass(0);
    let query = bench.posted[0].2["callback_query"].clone();
    assert_eq!((&query["data"], &query["from"]["id"]), (&json!("y:17"), &json!(chat)));
    assert_eq!(query["message"]["message_id"], sent["message_id"]);
    let answer = json!({ "callback_query_id": query["id"], "text": "Done" });
    assert_eq!(result(&mut bench, "answerCallbackQuery", &answer), json!(true));
    assert_eq!(refusal(&mut bench, "answerCallbackQuery", &answer).0, 400, "once");

    let ask = json!({ "keyboard": [[{ "text": "My number", "request_contact": true }, "No"]] });
    result(
        &mut bench,
        "sendMessage",
        &json!({ "chat_id": chat, "text": "Number?", "reply_markup": ask }),
    );
    bench.pass(1_000);
    let prompt = bubbles(&mut bench, ANNA).pop().expect("one")["id"].clone();
    bench.control("POST", "/twin/press", json!({ "id": prompt, "button": "My number" }));
    bench.control("POST", "/twin/press", json!({ "id": prompt, "button": "No" }));
    act(&mut bench, "reply", json!({ "contact": { "name": "Boris", "phone": BORIS } }));
    act(&mut bench, "reply", json!({ "location": { "latitude": 55.75, "longitude": 37.5 } }));
    bench.control("POST", "/twin/react", json!({ "id": bubble["id"], "emoji": "👍" }));
    bench.pass(0);
    let messages: Vec<&Value> =
        bench.posted[1..].iter().map(|(_, _, body)| &body["message"]).collect();
    let own = &messages[0]["contact"];
    assert_eq!((&own["phone_number"], &own["user_id"]), (&json!(ANNA), &json!(chat)));
    assert_eq!(messages[0]["reply_to_message"]["text"], "Number?");
    assert_eq!(messages[1]["text"], "No");
    assert_ne!(messages[2]["contact"]["user_id"], chat);
    assert_eq!(messages[3]["location"], json!({ "latitude": 55.75, "longitude": 37.5 }));
    assert_eq!(messages.len(), 4, "a reaction has to be asked for");
    let hook = json!({ "url": "http://127.0.0.1:1/in", "allowed_updates": ["message_reaction"] });
    result(&mut bench, "setWebhook", &hook);
    bench.control("POST", "/twin/react", json!({ "id": bubble["id"], "emoji": "" }));
    bench.pass(0);
    let reaction = &bench.posted.last().expect("one").2["message_reaction"];
    assert_eq!(
        (&reaction["old_reaction"][0]["emoji"], &reaction["new_reaction"]),
        (&json!("👍"), &json!([]))
    );
}

#[test]
fn edits_of_customers_are_told_and_deletes_are_not() {
    let (mut bench, _) = started();
    let own = act(&mut bench, "reply", json!({ "text": "Helo" }))["id"].clone();
    let edit = json!({ "id": own, "text": "Hello" });
    assert_eq!(bench.control("POST", "/twin/edit", edit), json!({ "told": true }));
    assert_eq!(
        bench.control("POST", "/twin/delete", json!({ "id": own })),
        json!({ "told": false })
    );
    bench.pass(0);
    assert_eq!(bench.posted.len(), 2);
    let edited = &bench.posted[1].2["edited_message"];
    assert_eq!(
        (&edited["text"], &edited["message_id"]),
        (&json!("Hello"), &bench.posted[0].2["message"]["message_id"])
    );
}

#[test]
fn updates_carry_the_secret_and_come_again() {
    let (mut bench, _) = started();
    bench.answer = Some(500);
    act(&mut bench, "reply", json!({ "text": "one" }));
    act(&mut bench, "reply", json!({ "text": "two" }));
    act(&mut bench, "reply", json!({ "text": "other", "from": BORIS }));
    let begin = bench.now_ms;
    bench.pass(15_000);
    let secret = ("x-telegram-bot-api-secret-token".to_owned(), "s3cret".to_owned());
    assert!(bench.posted.iter().all(|(_, headers, _)| headers.contains(&secret)));
    let at = |text: &str| -> Vec<i64> {
        let of = bench.posted.iter().filter(|(_, _, body)| body["message"]["text"] == text);
        of.map(|(at, _, _)| at - begin).collect()
    };
    assert_eq!(at("one"), [0, 0, 2_000, 6_000, 14_000]);
    assert_eq!(at("other"), at("one"), "chats do not wait for each other");
    assert!(at("two").is_empty(), "a chat keeps its order");
    let info = result(&mut bench, "getWebhookInfo", &json!({}));
    assert_eq!(info["pending_update_count"], 3);
    assert_eq!(
        info["last_error_message"],
        "Wrong response from the webhook: 500 Internal Server Error"
    );
    bench.answer = Some(204);
    bench.pass(100_000);
    let ids: Vec<i64> = bench.posted.iter().filter_map(|p| p.2["update_id"].as_i64()).collect();
    assert_eq!(result(&mut bench, "getWebhookInfo", &json!({}))["pending_update_count"], 0);
    assert!(ids.contains(&3) && ids.contains(&4));
}

#[test]
fn the_answer_to_a_webhook_may_be_a_call() {
    let (mut bench, chat) = started();
    act(&mut bench, "reply", json!({ "text": "ping" }));
    let webhook = bench.twin.turn(bench.now_ms).pop().expect("an update");
    let body = json!({ "method": "sendMessage", "chat_id": chat, "text": "pong" }).to_string();
    let answer = HookAnswer { body: body.into_bytes(), ..HookAnswer::of(200) };
    bench.twin.posted(bench.now_ms, webhook.id, Some(answer));
    bench.pass(1_000);
    assert_eq!(bubbles(&mut bench, ANNA).pop().expect("one")["text"], "pong");
}

#[test]
fn asking_for_updates_and_webhooks_exclude_each_other() {
    let mut bench = Bench::new();
    act(&mut bench, "reply", json!({ "text": "one" }));
    act(&mut bench, "reply", json!({ "text": "two" }));
    let updates = result(&mut bench, "getUpdates", &json!({}));
    assert_eq!(updates.as_array().map(Vec::len), Some(2));
    let second = updates[1]["update_id"].as_i64().expect("a number");
    let updates = result(&mut bench, "getUpdates", &json!({ "offset": second, "limit": 1 }));
    assert_eq!(updates[0]["message"]["text"], "two");
    let wait = json!({ "offset": second + 1, "timeout": 10 });
    let answer = call(&mut bench, "getUpdates", &wait);
    assert_eq!(answer.behaviour, Behaviour::Poll { until_ms: bench.now_ms + 10_000 });
    result(&mut bench, "setWebhook", &json!({ "url": "http://127.0.0.1:1/in" }));
    assert_eq!(refusal(&mut bench, "getUpdates", &json!({})).0, 409);
    for (url, text) in [
        ("http://a.example/", "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            "https://a.example:444/",
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
    ] {
        assert_eq!(
            refusal(&mut bench, "setWebhook", &json!({ "url": url })),
            (400, format!("Bad Request: {text}"))
        );
    }
    let secret = json!({ "url": "https://a.example/", "secret_token": "a b" });
    assert_eq!(
        refusal(&mut bench, "setWebhook", &secret).1,
        "Bad Request: secret token contains unallowed characters"
    );
    let answer = call(&mut bench, "deleteWebhook", &json!({})).to_json();
    assert_eq!(answer, json!({ "ok": true, "result": true, "description": "Webhook was deleted" }));
}
