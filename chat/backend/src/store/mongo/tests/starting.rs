//! The start: slow indexes, logins, replica sets, and connections that are encrypted or not. Each mistake has its own error.

use mongodb::bson::Document;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rstest::rstest;
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::engine::{Engine, LogLines};
use super::*;

/// Waits until the engine answers, which is not part of the test.
async fn is_up(engine: &Engine) {
    drop(TestDatabase::on(&engine.uri()).open().await);
}

async fn start(uri: &str) -> Result<(), OpenError> {
    let database = TestDatabase::on(uri);
    let store = MongoStore::open(&database.uri, Duration::ZERO).await?;
    // The store and the media store both make indexes.
    crate::media::gridfs::GridFsMedia::open(&store).await.map(drop)
}

#[tokio::test]
async fn an_index_that_takes_its_time_is_waited_for_by_all_who_start() {
    let engine = Engine::stand_in(&[]);
    is_up(&engine).await;
    let (lines, _guard) = LogLines::capture();
    // This is longer than any other operation may take.
    let slow = doc! { "blockConnection": true, "blockTimeMS": 5500 };
    engine.fail(2, &["createIndexes"], slow).await;
    let uri = engine.uri();
    assert_eq!(tokio::join!(start(&uri), start(&uri)), (Ok(()), Ok(())));
    assert_eq!(lines.with("MongoDB builds the index by_node of rooms").len(), 2, "{:?}", lines.with(""));
    assert_eq!(lines.with("the index by_node of rooms is built").len(), 2);
}

/// A failure that passes is waited for, although the start's time is over.
#[rstest]
#[case::not_confirmed(doc! { "writeConcernError": { "code": 64, "errmsg": "waiting for replication timed out" } })]
#[case::write_conflict(doc! { "errorCode": 112 })]
#[case::aborted(doc! { "errorCode": 276 })]
#[case::others_build(doc! { "errorCode": 12587 })]
#[case::cut(doc! { "closeConnection": true })]
#[tokio::test]
async fn an_index_that_fails_for_now_is_made_again(#[case] failure: Document) {
    let engine = Engine::stand_in(&[]);
    is_up(&engine).await;
    engine.fail(2, &["createIndexes"], failure).await;
    assert_eq!(start(&engine.uri()).await, Ok(()));
}

#[tokio::test]
async fn an_index_that_cannot_be_made_is_named() {
    let engine = Engine::stand_in(&[]);
    is_up(&engine).await;
    engine.fail(99, &["createIndexes"], doc! { "errorCode": 276 }).await;
    let refused = start(&engine.uri()).await.expect_err("no index");
    assert!(refused.to_string().contains("cannot make the index by_node of rooms"), "{refused}");
    assert!(!refused.is_in_settings());
    engine.fail(99, &["createIndexes"], doc! { "errorCode": 13 }).await;
    let refused = start(&engine.uri()).await.expect_err("no right");
    assert!(matches!(refused, OpenError::Refused { .. }), "{refused}");
}

#[tokio::test]
async fn a_login_opens_or_does_not() {
    let engine = Engine::stand_in(&[("MONGODB_LOGIN", "ann:p@ss")]);
    let with = |login: &str| engine.uri().replace("://", &format!("://{login}"));
    is_up_with(&with("ann:p%40ss@")).await;
    let hosts = || format!("127.0.0.1:{}", engine.port);
    assert_eq!(start(&with("ann:p%40ss@")).await, Ok(()));
    for wrong in ["ann:hunter2@", "ben:p%40ss@", ""] {
        assert_eq!(start(&with(wrong)).await, Err(OpenError::Refused { hosts: hosts() }), "{wrong}");
    }
}

async fn is_up_with(uri: &str) {
    drop(TestDatabase::on(uri).open().await);
}

#[tokio::test]
async fn another_replica_set_is_none_of_ours() {
    let engine = Engine::stand_in(&[("MONGODB_REPLICA_SET", "rs0")]);
    is_up(&engine).await;
    let hosts = || format!("127.0.0.1:{}", engine.port);
    for (options, expected) in [
        ("replicaSet=rs0", Ok(())),
        ("replicaSet=rs1", Err(OpenError::OtherSet { hosts: hosts() })),
        ("replicaSet=rs1&directConnection=true", Err(OpenError::OtherSet { hosts: hosts() })),
    ] {
        assert_eq!(start(&format!("{}/?{options}", engine.uri())).await, expected, "{options}");
    }
    let alone = Engine::stand_in(&[]);
    is_up(&alone).await;
    let refused = start(&format!("{}/?replicaSet=rs0", alone.uri())).await.expect_err("no set");
    assert!(matches!(refused, OpenError::OtherSet { .. }), "{refused}");
}

/// Speaks TLS in front of an engine that does not, with a certificate for `localhost`.
struct TlsProxy {
    port: u16,
    authority: NamedTempFile,
    _tasks: JoinSet<()>,
}

fn authority() -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::new(Vec::new()).expect("an authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params, KeyPair::generate().expect("a key"))
}

fn file_of(params: &CertificateParams, key: &KeyPair) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), params.self_signed(key).expect("a certificate").pem()).expect("written");
    file
}

impl TlsProxy {
    async fn before(engine: &Engine) -> Self {
        let (params, key) = authority();
        let authority = file_of(&params, &key);
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let names = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = names.signed_by(&key, &issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).expect("a configuration");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (port, engine) = (listener.local_addr().expect("an address").port(), engine.port);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    if let Ok(mut near) = acceptor.accept(near).await
                        && let Ok(mut far) = TcpStream::connect(("127.0.0.1", engine)).await
                    {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        Self { port, authority, _tasks: tasks }
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_encrypted_line_is_said() {
    let engine = Engine::stand_in(&[]);
    is_up(&engine).await;
    let proxy = TlsProxy::before(&engine).await;
    let port = proxy.port;
    let (params, key) = authority();
    let other = file_of(&params, &key);
    let trusting = |file: &NamedTempFile| format!("tls=true&tlsCAFile={}", file.path().display());
    let trusted = trusting(&proxy.authority);
    let hosts = |host: &str| format!("{host}:{port}");
    let at = |host: &str, options: &str| format!("mongodb://ann:s3cret@{host}:{port}/?{options}");

    // (The connection is right, and only the login is wrong.)
    let refused = Err(OpenError::Refused { hosts: hosts("localhost") });
    assert_eq!(start(&at("localhost", &trusted)).await, refused);
    let cases = [
        ("localhost", trusting(&other), OpenError::Authority { hosts: hosts("localhost") }),
        ("localhost", "tls=true".to_owned(), OpenError::Authority { hosts: hosts("localhost") }),
        ("127.0.0.1", trusted.clone(), OpenError::HostName { hosts: hosts("127.0.0.1") }),
        ("localhost", String::new(), OpenError::HangsUp { hosts: hosts("localhost") }),
    ];
    for (host, options, expected) in cases {
        let in_settings = !matches!(expected, OpenError::HangsUp { .. });
        let refused = start(&at(host, &options)).await.expect_err("refused");
        assert_eq!((refused.clone(), refused.is_in_settings()), (expected, in_settings), "{host} {options}");
        assert!(!format!("{refused} {refused:?}").contains("s3cret"), "{refused:?}");
    }
    let plain = format!("{}/?{trusted}", engine.uri());
    let refused = start(&plain).await.expect_err("no TLS");
    assert_eq!(refused, OpenError::NoTls { hosts: format!("127.0.0.1:{}", engine.port) });
    for file in ["tlsCAFile", "tlsCertificateKeyFile"] {
        let refused = start(&at("localhost", &format!("tls=true&{file}=/nowhere/at.pem"))).await.expect_err("no file");
        assert!(matches!(refused, OpenError::File { .. }) && refused.is_of_uri(), "{refused}");
    }
}
