//! How long messages take while copies of GIFs are made. A room of ten is measured alone and beside twenty new GIFs, in
//! five pairs.

use chat::Entry;

use crate::crowd::Crowd;
use crate::deliveries::deliver;
use crate::figures::Report;
use crate::http::Http;
use crate::messages::seated;
use crate::run::Outcome;
use crate::server::Server;

const PAIRS: usize = 5;
const GIFS: usize = 20;
const MESSAGES: usize = 3000;

/// The size of the GIFs in pixels, and their frames: 4.6 MB each, just below the limit.
const SIZE: (u16, u16) = (320, 240);
const FRAMES: usize = 60;

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let mut ratios = Vec::with_capacity(PAIRS);
    for pair in 1..=PAIRS {
        let server = Server::start().await?;
        let mut crowd = Crowd::of(&server, 10).await?;
        let mut speaker = crowd.senders(&server, 1).await?;
        deliver(&mut speaker, &mut crowd.sockets, 100).await?;
        let alone = deliver(&mut speaker, &mut crowd.sockets, MESSAGES).await?;

        // Ten people in another room send two each, as the limit on waiting GIFs of one person allows.
        let (room, cookies) = seated(&[server.address], 10).await?;
        let mut sent = Vec::with_capacity(GIFS);
        for number in 0..GIFS {
            let mut http = Http::connect(server.address, &cookies[number % cookies.len()]).await?;
            let answer = http.upload(room, &film(pair * GIFS + number)).await?.ok()?;
            let entry: Entry = serde_json::from_slice(&answer.body)?;
            sent.push(entry.what.gif().ok_or("no GIF was sent")?.sha.to_string());
        }
        let beside = deliver(&mut speaker, &mut crowd.sockets, MESSAGES).await?;
        let mut http = Http::connect(server.address, &cookies[0]).await?;
        let path = format!("/api/known_gifs?room={room}&gifs={}&v={}", sent.join("+"), chat::event::PROTOCOL);
        let known: Vec<serde_json::Value> = serde_json::from_slice(&http.get(&path).await?.ok()?.body)?;
        if known.len() == GIFS {
            return Err("all copies were made before the last message: send more GIFs".into());
        }
        let ratio = beside.percentile_ms(99) / alone.percentile_ms(99);
        let note = format!("alone {alone}; beside {beside}; {} of {GIFS} GIFs were done at the end", known.len());
        report.add(format!("p99 while copies are made, pair {pair}"), ratio, "times", note);
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    report.add("p99 while copies are made, median".to_owned(), ratios[PAIRS / 2], "times", String::new());
    Ok(())
}

/// A GIF like a film: a gradient that moves, with the noise of a camera. It differs for each `number`.
fn film(number: usize) -> Vec<u8> {
    let (width, height) = SIZE;
    let ([w0, w1], [h0, h1]) = (width.to_le_bytes(), height.to_le_bytes());
    let mut gif = b"GIF89a".to_vec();
    gif.extend([w0, w1, h0, h1, 0xf6, 0, 0]);
    let tint = (number % 100) as u8;
    gif.extend((0..128_u8).flat_map(|colour| [colour * 2, 255 - colour, tint]));
    let mut noise = number as u32 | 1;
    for frame in 0..FRAMES {
        gif.extend([0x21, 0xf9, 4, 0, 8, 0, 0, 0]);
        gif.extend([0x2c, 0, 0, 0, 0, w0, w1, h0, h1, 0, 7]);
        let mut codes = Vec::new();
        for pixel in 0..usize::from(width) * usize::from(height) {
            // With 128 colours a code has eight bits, as long as the table is cleared before it has grown by 126 codes.
            if pixel % 120 == 0 {
                codes.push(0x80);
            }
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (x, y) = (pixel % usize::from(width), pixel / usize::from(width));
            codes.push(((x / 4 + y / 3 + frame * 3 + (noise >> 31) as usize) % 128) as u8);
        }
        codes.push(0x81);
        for block in codes.chunks(255) {
            gif.push(block.len() as u8);
            gif.extend(block);
        }
        gif.push(0);
    }
    gif.push(0x3b);
    gif
}
