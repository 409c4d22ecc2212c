//! A GIF in the log: without a frame, at its size from the start, and never moving unseen or unwanted.

use chat::{Gif, RoomId};
use leptos::html::Div;
use leptos::prelude::*;

use super::icon::{self, Picture};
use super::place::watch_place;
use crate::browser;
use crate::state::site::site;

/// Shown no larger than this, in CSS pixels.
const LONGEST_SIDE: u32 = 320;

#[component]
pub fn GifView(room: RoomId, gif: Gif, #[prop(into)] alt: String) -> impl IntoView {
    let site = site();
    let words = site.lang.in_room();
    let node = NodeRef::<Div>::new();
    // What the person asked for, where they are, and what their system prefers.
    let asked = RwSignal::new(None::<bool>);
    let near = RwSignal::new(true);
    let calm = RwSignal::new(false);
    let wanted = Memo::new(move |_| asked.get().unwrap_or(!calm.get()));
    let moves = Memo::new(move |_| wanted.get() && near.get() && site.visible.get());

    watch_place(node, near, None);
    Effect::new(move |_| calm.set(browser::matches("(prefers-reduced-motion: reduce)")));

    let moving = StoredValue::new(format!("/gif/{room}/{}", gif.sha));
    let address =
        move |moves: bool| moving.with_value(|moving| if moves { moving.clone() } else { format!("{moving}/still") });
    let (width, height) = shown_size(gif.width.into(), gif.height.into());
    let toggle = move |_| asked.set(Some(!wanted.get_untracked()));
    view! {
        <div class="gif" node_ref=node>
            <picture>
                // Without scripts, too, nothing moves for whom it should not.
                <source
                    media="(prefers-reduced-motion: reduce)"
                    srcset=move || address(moves.get() && asked.get() == Some(true))
                />
                <img
                    src=move || address(moves.get())
                    alt=alt
                    width=width
                    height=height
                    loading="lazy"
                    decoding="async"
                />
            </picture>
            {(gif.frames > 1)
                .then(|| {
                    view! {
                        <span class="gif-mark" aria-hidden="true">"GIF"</span>
                        <button
                            type="button"
                            class="gif-toggle js"
                            class:still=move || !wanted.get()
                            aria-label=move || if wanted.get() { words.pause_gif } else { words.play_gif }
                            on:click=toggle
                        >
                            <Picture icon=icon::PAUSE/>
                            <Picture icon=icon::PLAY/>
                        </button>
                    }
                })}
        </div>
    }
}

/// The size a GIF is shown at: its own, or smaller so that it fits.
pub fn shown_size(width: u32, height: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= LONGEST_SIDE {
        return (width, height);
    }
    let fit = |side: u32| (side * LONGEST_SIDE / longest).max(1);
    (fit(width), fit(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_gifs_shrink_and_keep_their_shape() {
        assert_eq!(shown_size(320, 200), (320, 200));
        assert_eq!(shown_size(640, 480), (320, 240));
        assert_eq!(shown_size(10, 2048), (1, 320));
        assert_eq!(shown_size(1, 1), (1, 1));
    }
}
