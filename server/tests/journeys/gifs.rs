//! GIFs: which uploads are accepted, and who may see them.

use chat::error::GifProblem;
use chat::event::{PROTOCOL, PROTOCOL_FIELD};
use chat::{Entry, Error};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method};

use crate::helper::{GIF, TestServer, hash_of, id_of};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

#[tokio::test]
async fn a_gif_is_for_the_people_seated() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    let entry: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    let sha = hash_of(&entry);
    let path = format!("/gif/{room}/{sha}");

    for part in [path.clone(), format!("{path}/still")] {
        let shown = ann.get(&part).await;
        assert_eq!((shown.status.as_u16(), shown.header("content-type")), (200, "image/gif"));
        assert_eq!(shown.header("cache-control"), "private, max-age=86400, immutable");
        assert_eq!(shown.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'; sandbox");
        assert_eq!(shown.header("content-disposition"), "inline");
        assert_eq!(shown.header("x-content-type-options"), "nosniff");
        let known = ann.request(Method::GET, &part).header("if-none-match", shown.header("etag"));
        assert_eq!(ann.send(known).await.status, 304);
    }
    assert!(ann.get(&path).await.bytes.starts_with(b"GIF89a"));
    // A GIF of one frame needs no copies. Another GIF may get its copy a moment later, so the answer that there is none
    // is never cached.
    let light = ann.get(&format!("{path}/light")).await;
    assert_eq!((light.status.as_u16(), light.header("cache-control")), (404, "no-store"));
    let webp = ann.request(Method::GET, &format!("{path}/still")).header("accept", "image/avif,image/webp,*/*");
    let poster = ann.send(webp).await;
    assert_eq!((poster.header("content-type"), poster.header("cache-control")), ("image/gif", "no-store"));
    assert_eq!(poster.header("vary"), "accept");

    assert_eq!(ben.get(&path).await.status, 403, "without a session");
    assert_eq!(ben.cookie(), "", "a picture gets nobody a session");
    ben.get("/").await;
    assert_eq!(ben.get(&path).await.status, 403, "without a seat");
    let other = ben.create_room("다른 방", "10", "").await;
    assert_eq!(ben.get(&format!("/gif/{other}/{sha}")).await.status, 404, "of another room");
    ben.enter(room, "").await;
    assert_eq!(ben.get(&path).await.status, 200);
    assert_eq!(ben.get(&format!("/gif/{room}/..%2f..%2fcookie_secret")).await.status, 404);
}

#[tokio::test]
async fn any_range_of_bytes_is_sent() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let entry: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    let path = format!("/gif/{room}/{}", hash_of(&entry));
    let (whole, end) = (ann.get(&path).await, GIF.len());
    assert_eq!((whole.header("accept-ranges"), &whole.bytes[..]), ("bytes", GIF));
    let ask = async |method, range: &str, name: &'static str, value: &str| {
        let request = ann.request(method, &path).header("range", range).header(name, value);
        let answer = ann.send(request).await;
        let length = answer.header("content-length").to_owned();
        (answer.status.as_u16(), answer.header("content-range").to_owned(), length, answer.bytes)
    };
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=3-9", 3, 10),
        ("bytes=6-", 6, end),
        ("bytes=-5", end - 5, end),
        ("bytes=4-99999999999", 4, end),
    ] {
        let part = ask(Method::GET, range, "if-range", whole.header("etag")).await;
        let (of_all, length) = (format!("bytes {from}-{}/{end}", to - 1), (to - from).to_string());
        assert_eq!(part, (206, of_all, length, GIF[from..to].to_vec()), "{range}");
    }
    for range in [format!("bytes={end}-"), format!("bytes={}-{}", end + 7, end + 9), "bytes=9-3".to_owned()] {
        let (status, of_all, _, bytes) = ask(Method::GET, &range, "accept", "*/*").await;
        assert_eq!((status, of_all, bytes.len()), (416, format!("bytes */{end}"), 0), "{range}");
    }
    // These ranges are ignored.
    for range in ["bytes=0-1,4-5", "bytes=", "bytes=x-y", "lines=1-2", "", "bytes=-99999999999999999999"] {
        let (status, of_all, length, bytes) = ask(Method::GET, range, "accept", "*/*").await;
        assert_eq!((status, &of_all[..], length, &bytes[..]), (200, "", end.to_string(), GIF), "{range}");
    }
    let of_another = ask(Method::GET, "bytes=3-9", "if-range", "\"another\"").await;
    assert_eq!((of_another.0, &of_another.3[..]), (200, GIF));
    let head = ask(Method::HEAD, "bytes=3-9", "accept", "*/*").await;
    assert_eq!((head.0, head.2, head.3.len()), (200, end.to_string(), 0));
}

#[tokio::test]
async fn browsers_keep_nothing_of_a_whisper() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let to = id_of(&ben).await.to_string();
    let whisper: Entry = ann.upload(room, Part::bytes(GIF), &[("to", &to)]).await.json();
    let path = format!("/gif/{room}/{}", hash_of(&whisper));
    let caching = async |path: &str| {
        let shown = ben.get(path).await;
        let known = ben.request(Method::GET, path).header("if-none-match", shown.header("etag"));
        let known = ben.send(known).await;
        assert_eq!((shown.status.as_u16(), known.status.as_u16()), (200, 304));
        assert_eq!(shown.header("cache-control"), known.header("cache-control"));
        shown.header("cache-control").to_owned()
    };
    let still = format!("{path}/still");
    assert_eq!([caching(&path).await, caching(&still).await], ["no-store"; 2]);
    // Once the same GIF is shown to everybody, it is no secret, and may be cached.
    let _: Entry = ben.upload(room, Part::bytes(GIF), &[]).await.json();
    assert_eq!([caching(&path).await, caching(&still).await], ["private, max-age=86400, immutable"; 2]);
}

#[tokio::test]
async fn anything_else_is_refused_by_its_bytes() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let png = ann.upload(room, Part::bytes(PNG), &[]).await;
    assert_eq!(png.error(), (415, Error::BadGif(GifProblem::NotAGif)));
    let cut = ann.upload(room, Part::bytes(&GIF[..GIF.len() - 4]), &[]).await;
    assert_eq!(cut.error(), (415, Error::BadGif(GifProblem::Broken)));
    let large = ann.upload(room, Part::bytes(vec![0; 6 << 20]), &[]).await;
    assert_eq!(large.error(), (413, Error::TooLarge { limit: 5 << 20 }));
    let seq = ann.say_ok(room, "still here").await.seq;
    assert_eq!(seq, 2, "nothing was changed");
}

#[tokio::test]
async fn what_is_missing_at_its_end_is_mended() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    for missing in 0..3 {
        let entry: Entry = ann.upload(room, Part::bytes(&GIF[..GIF.len() - missing]), &[]).await.json();
        let shown = ann.get(&format!("/gif/{room}/{}", hash_of(&entry))).await;
        assert_eq!(shown.bytes, GIF, "{missing} bytes");
    }
}

#[tokio::test]
async fn each_problem_has_a_name_that_the_page_knows() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    for (bytes, old, new) in [
        (&b""[..], GifProblem::NotAGif, GifProblem::Empty),
        (PNG, GifProblem::NotAGif, GifProblem::NotAGif),
        (&GIF[..GIF.len() - 4], GifProblem::Broken, GifProblem::CutOff),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00\x3b", GifProblem::Broken, GifProblem::NoFrame),
        (b"GIF89a\xff\xff\x01\x00\x00\x00\x00\x3b", GifProblem::TooWide, GifProblem::TooWide),
    ] {
        // (Pages of protocol 4 and before know fewer problems.)
        for (protocol, problem) in [(4, old), (PROTOCOL, new)] {
            let form = Form::new().text("room", room.to_string()).part("gif", Part::bytes(bytes).file_name("a.gif"));
            let path = format!("/api/upload_gif?{PROTOCOL_FIELD}={protocol}");
            let request = ann.request(Method::POST, &path).header("accept", "application/json").multipart(form);
            let answer = ann.send(request.header("origin", ann.origin())).await;
            assert_eq!(answer.error(), (415, Error::BadGif(problem)), "protocol {protocol}");
        }
    }
}

#[tokio::test]
async fn a_body_that_hides_its_size_is_refused_too() {
    let server = TestServer::start_with(&[("GIF_MAX_BYTES", "1000")]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let chunks = || futures_util::stream::iter((0..300).map(|_| Ok::<_, std::io::Error>(vec![0u8; 1000])));
    let large = ann.upload(room, Part::stream(Body::wrap_stream(chunks())), &[]).await;
    assert_eq!(large.error(), (413, Error::TooLarge { limit: 1000 }));
    let request = ann.request(Method::POST, "/api/send_text").header("origin", ann.origin());
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let large = ann.send(request.body(Body::wrap_stream(chunks()))).await;
    assert_eq!(large.error(), (413, Error::TooLarge { limit: 64 * 1024 }));
}

#[tokio::test]
async fn a_body_without_a_boundary_is_refused() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    for content_type in ["multipart/form-data", "multipart/form-data; boundary=\"", "text/plain", ""] {
        let request = ann.request(Method::POST, "/api/upload_gif").header("origin", ann.origin());
        let answer = ann.send(request.header("content-type", content_type).body("x")).await;
        assert_eq!(answer.error(), (415, Error::Refused), "{content_type}");
    }
    // The boundary never occurs in the body.
    let request = ann.request(Method::POST, "/api/upload_gif").header("origin", ann.origin());
    let answer = ann.send(request.header("content-type", "multipart/form-data; boundary=x").body("y")).await;
    assert!(answer.status.is_client_error(), "{answer:?}");
}

#[tokio::test]
async fn strangers_upload_nothing() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    assert_eq!(ben.upload(room, Part::bytes(GIF), &[]).await.error(), (403, Error::NotSeated));
    assert_eq!(ben.upload(room, Part::bytes(vec![0; 5 << 20]), &[]).await.error(), (403, Error::NotSeated));
}
