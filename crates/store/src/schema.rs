//! The tables.

use vestnik_db::migration::Migration;

/// The steps of the schema, in order. A step is never changed after a release.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "begin", sql: BEGIN },
    Migration { number: 2, name: "hooks", sql: HOOKS },
    Migration { number: 3, name: "unproven mails", sql: UNPROVEN_MAILS },
    Migration { number: 4, name: "awaited runs", sql: AWAITED_RUNS },
];

/// `message_lost` says `OR` where `IN` would be shorter: for an `IN` of three SQLite builds a table in
/// memory at every insert and update, to look into it.
const BEGIN: &str = "
CREATE TABLE setting(
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) @clustered;

CREATE TABLE store_file(
    name TEXT NOT NULL PRIMARY KEY,
    bytes BYTES NOT NULL
) @clustered;

CREATE TABLE ownership(
    part @id,
    epoch BIGINT NOT NULL,
    owner TEXT NOT NULL
);

CREATE TABLE workspace(
    id @id,
    name TEXT NOT NULL
);

CREATE TABLE partner(
    id @id,
    workspace BIGINT NOT NULL,
    login TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    settings TEXT NOT NULL
);

CREATE TABLE account(
    id @id,
    workspace BIGINT NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    webhook_key TEXT NOT NULL UNIQUE,
    properties TEXT NOT NULL,
    sealed BYTES NOT NULL,
    trouble TEXT,
    condition TEXT
);

CREATE TABLE checklist(
    account_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY(account_id, code)
) @clustered;

CREATE TABLE sender(
    partner BIGINT NOT NULL,
    messenger TEXT NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    traffic BIGINT NOT NULL,
    PRIMARY KEY(partner, messenger, name, position)
);

CREATE TABLE api_key(
    id @id,
    workspace BIGINT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL
);

CREATE TABLE message(
    id @id,
    workspace BIGINT NOT NULL,
    partner BIGINT NOT NULL,
    dedupe_key TEXT,
    partner_ref TEXT,
    body_hash BIGINT NOT NULL,
    dest BIGINT NOT NULL,
    status TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    wake_at BIGINT,
    plan TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE UNIQUE INDEX message_dedupe ON message(dedupe_key, partner)
    WHERE dedupe_key IS NOT NULL;
CREATE INDEX message_ref ON message(partner_ref, id)
    WHERE partner_ref IS NOT NULL AND dedupe_key IS NULL;
CREATE INDEX message_dest ON message(dest, id);
CREATE INDEX message_wake ON message(wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX message_lost ON message(status, id)
    WHERE status = 'cancelled' OR status = 'expired' OR status = 'failed';

CREATE TABLE outbox(
    message_id BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    lane BIGINT NOT NULL,
    class BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    dest BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    epoch BIGINT,
    remote_hash BIGINT,
    PRIMARY KEY(message_id, slot)
) @clustered;
CREATE INDEX outbox_wait ON outbox(lane, class, due_at, message_id) WHERE state = 'wait';
CREATE INDEX outbox_submit ON outbox(epoch) WHERE state = 'submit';
CREATE INDEX outbox_await ON outbox(account_id, remote_hash) WHERE state = 'await';
CREATE INDEX outbox_inquire ON outbox(due_at) WHERE state = 'inquire';

CREATE TABLE report(
    message_id BIGINT NOT NULL,
    n BIGINT NOT NULL,
    lane BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    answer TEXT,
    PRIMARY KEY(message_id, n)
) @clustered;
CREATE INDEX report_due ON report(lane, due_at, message_id, n) WHERE state = 'due';
CREATE INDEX report_exhausted ON report(message_id, n) WHERE state = 'exhausted';

CREATE TABLE journal(
    message_id BIGINT NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    cause TEXT NOT NULL,
    exchange TEXT,
    raw BYTES,
    PRIMARY KEY(message_id, n)
) @clustered;

CREATE TABLE webhook(
    id @id,
    account_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    raw BYTES NOT NULL
);

CREATE TABLE parked(
    account_id BIGINT NOT NULL,
    remote_hash BIGINT NOT NULL,
    id BIGINT NOT NULL,
    remote_id TEXT NOT NULL,
    receipt TEXT NOT NULL,
    at BIGINT,
    raw BYTES,
    PRIMARY KEY(account_id, remote_hash, id)
) @clustered;
CREATE INDEX parked_age ON parked(id);

CREATE TABLE duplicate(
    partner BIGINT NOT NULL,
    content_hash BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY(partner, content_hash)
) @clustered;
CREATE INDEX duplicate_age ON duplicate(at);

CREATE TABLE incoming(
    id BIGINT NOT NULL PRIMARY KEY,
    workspace BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    chat BIGINT NOT NULL,
    phone BIGINT,
    remote_hash BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    webhook BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX incoming_remote ON incoming(account_id, remote_hash);
CREATE INDEX incoming_chat ON incoming(account_id, chat, id);
CREATE INDEX incoming_phone ON incoming(phone, id) WHERE phone IS NOT NULL;

CREATE TABLE attachment(
    incoming_id BIGINT NOT NULL,
    n BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    locator TEXT NOT NULL,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size BIGINT,
    hash TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY(incoming_id, n)
) @clustered;
CREATE INDEX attachment_due ON attachment(due_at, incoming_id, n) WHERE state = 'waiting';

CREATE TABLE identity(
    account_id BIGINT NOT NULL,
    chat_number BIGINT NOT NULL,
    workspace BIGINT NOT NULL,
    messenger TEXT NOT NULL,
    chat TEXT NOT NULL,
    is_group BIGINT NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    username TEXT NOT NULL,
    phone BIGINT,
    evidence TEXT,
    is_open BIGINT NOT NULL,
    heard_at BIGINT NOT NULL,
    PRIMARY KEY(account_id, chat_number)
) @clustered;
CREATE INDEX identity_phone ON identity(phone, account_id) WHERE phone IS NOT NULL;

CREATE TABLE invitation(
    token TEXT NOT NULL PRIMARY KEY,
    workspace BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    phone BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    taken_by TEXT
) @clustered;

CREATE TABLE mo(
    incoming_id BIGINT NOT NULL,
    partner BIGINT NOT NULL,
    lane BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    answer TEXT,
    PRIMARY KEY(incoming_id, partner)
) @clustered;
CREATE INDEX mo_due ON mo(lane, due_at, incoming_id) WHERE state = 'due';

CREATE TABLE file(
    workspace BIGINT NOT NULL,
    hash TEXT NOT NULL,
    mime TEXT NOT NULL,
    size BIGINT NOT NULL,
    thumbnail TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY(workspace, hash)
) @clustered;
CREATE INDEX file_hash ON file(hash);
CREATE INDEX file_thumbnail ON file(thumbnail) WHERE thumbnail IS NOT NULL;
";

const HOOKS: &str = "
CREATE TABLE hook(
    id @id,
    workspace BIGINT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    active BIGINT NOT NULL,
    settings TEXT NOT NULL
);

CREATE TABLE hook_call(
    id @id,
    workspace BIGINT NOT NULL,
    hook_id BIGINT,
    door TEXT NOT NULL,
    replay_of BIGINT,
    sealed BYTES,
    body BYTES NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX hook_call_due ON hook_call(due_at, id) WHERE state = 'new';
CREATE INDEX hook_call_hook ON hook_call(hook_id, id) WHERE hook_id IS NOT NULL;
CREATE INDEX hook_call_failed ON hook_call(id) WHERE state = 'failed';

CREATE TABLE occasion(
    occasion_key BIGINT NOT NULL PRIMARY KEY,
    call_id BIGINT NOT NULL,
    at BIGINT NOT NULL
) @clustered;
CREATE INDEX occasion_age ON occasion(at);

CREATE TABLE notice(
    message_id BIGINT NOT NULL PRIMARY KEY,
    call_id BIGINT NOT NULL,
    workspace BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    looks BIGINT NOT NULL,
    facts TEXT NOT NULL
) @clustered;
CREATE INDEX notice_due ON notice(due_at, message_id) WHERE state = 'open';
CREATE INDEX notice_call ON notice(call_id);
CREATE INDEX notice_failed ON notice(message_id) WHERE state = 'failed';

CREATE TABLE reminder(
    hook_id BIGINT NOT NULL,
    rule_hash BIGINT NOT NULL,
    case_hash BIGINT NOT NULL,
    participant_hash BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    call_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY(hook_id, rule_hash, case_hash, participant_hash)
) @clustered;
CREATE INDEX reminder_due ON reminder(due_at) WHERE state = 'wait';
CREATE INDEX reminder_call ON reminder(call_id) WHERE state = 'wait';
CREATE INDEX reminder_over ON reminder(due_at) WHERE state <> 'wait';

CREATE TABLE mail(
    id @id,
    workspace BIGINT NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    dedupe_key TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    answer TEXT,
    sent_at BIGINT
);
CREATE INDEX mail_due ON mail(due_at, id) WHERE state = 'due';
CREATE INDEX mail_sent ON mail(recipient, sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE presence(
    messenger TEXT NOT NULL,
    phone BIGINT NOT NULL,
    is_there BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY(messenger, phone)
) @clustered;
CREATE INDEX presence_age ON presence(checked_at);

CREATE TABLE implicit_account(
    instance TEXT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL UNIQUE,
    credentials TEXT NOT NULL,
    used_at BIGINT NOT NULL
) @clustered;
CREATE INDEX implicit_account_age ON implicit_account(used_at);
";

const UNPROVEN_MAILS: &str = "
ALTER TABLE mail ADD COLUMN is_unproven BIGINT NOT NULL DEFAULT 0;
CREATE INDEX mail_unproven ON mail(id) WHERE is_unproven = 1;
";

const AWAITED_RUNS: &str = "
CREATE TABLE awaited_run(
    run @id,
    upto BIGINT NOT NULL,
    over_at BIGINT NOT NULL,
    fences BYTES NOT NULL
);
CREATE TABLE awaited_page(
    id @id,
    entries BYTES NOT NULL
);
";
