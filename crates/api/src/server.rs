//! The listener: connections of HTTP/1.1, bounded in number, patient but not for ever.

mod pulse;

pub(crate) use pulse::Beat;

use crate::Front;
use axum::http::Request;
use futures_util::FutureExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use pulse::{Finger, Pulse, Word};
use std::{
    collections::HashMap, convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{Id, JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_util::sync::CancellationToken;

/// Connections open at once. More than calls that may be under way, unless the latter are configured:
/// one call too many is to be told so, not to wait before the door.
const CONNECTIONS_MAX: usize = 20_480;
const _: () = assert!(CONNECTIONS_MAX > crate::CONCURRENCY_MAX as usize);
/// How long a connection is kept on which nothing happens: how long a caller may take to send the head
/// of a request, up to twice of it.
const STILL_MAX: Duration = Duration::from_secs(60);
/// Longest head of a request, bytes. Hook addresses with texts in them are long.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// After a failed accept (no file handles left) it is tried again this much later.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Serves until the stop; then lets every connection finish its request, for at most `patience`.
pub async fn serve(
    listener: TcpListener,
    front: Front,
    stop: CancellationToken,
    patience: Duration,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let mut fingers: HashMap<Id, Finger> = HashMap::new();
    let mut round = interval_at(Instant::now() + STILL_MAX, STILL_MAX);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (place, accepted) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = round.tick() => {
                fingers.values_mut().for_each(Finger::feel);
                continue;
            }
            next = next(&listener, &places) => next,
            Some(ended) = connections.join_next_with_id(), if !connections.is_empty() => {
                fingers.remove(&whose(&ended));
                continue;
            }
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let (front, pulse) = (front.clone(), Arc::new(Pulse::default()));
        let finger = Finger::on(Arc::clone(&pulse));
        let connection = connections.spawn(async move {
            connection(socket, peer, front, pulse).await;
            drop(place);
        });
        fingers.insert(connection.id(), finger);
    }
    drop(listener);
    fingers.values().for_each(Finger::stop);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(patience, all).await.is_err() {
        connections.abort_all();
    }
}

/// The next caller, when there is a place: with every place taken it waits in the system's own queue.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, io::Result<(TcpStream, SocketAddr)>) {
    // Nobody closes the semaphore.
    let place = Arc::clone(places).acquire_owned().await.ok();
    (place, listener.accept().await)
}

/// Which connection has ended, well or not.
fn whose(ended: &Result<(Id, ()), JoinError>) -> Id {
    match ended {
        Ok((connection, ())) => *connection,
        Err(error) => error.id(),
    }
}

async fn connection(socket: TcpStream, peer: SocketAddr, front: Front, pulse: Arc<Pulse>) {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "a connection had gone before it was served");
        return;
    }
    let service = service_fn(|request: Request<Incoming>| {
        front.answer(peer, request, Pulse::beat(&pulse)).map(Ok::<_, Infallible>)
    });
    let served = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        // A call is carried out whether its caller waits or not. Else the connection would be read
        // meanwhile, just to see whether it is still there, into memory taken anew for each call.
        .half_close(true)
        // Answers are small: one piece costs the system less than two.
        .writev(false)
        .serve_connection(TokioIo::new(socket), service);
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        biased;
        ended = served.as_mut() => ended,
        word = pulse.told() => match word {
            Word::Still => {
                tracing::debug!("a connection was given up on which nothing happened");
                return;
            }
            Word::Stop => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}
