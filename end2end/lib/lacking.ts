/** Browsers that lack something that pages use. Each of these functions runs in a page, before anything else or later. */

/** What a browser may do instead of storing. */
export const NO_STORAGE: Record<string, () => void> = {
  'is missing': () => {
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
      Object.defineProperty(window, name, { get: () => null });
    }
  },
  'may not be touched': () => {
    const refuse = (): never => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    };
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(window, name, { get: refuse });
  },
  'is full': () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    };
  },
};

/** Takes away what some browsers of the last years do not have. */
export function withoutNewerInterfaces(): void {
  const names = ['IntersectionObserver', 'ResizeObserver', 'BroadcastChannel', 'Notification', 'visualViewport', 'matchMedia'];
  for (const name of names) delete (window as unknown as Record<string, unknown>)[name];
  for (const name of ['clipboard', 'locks', 'setAppBadge', 'serviceWorker']) {
    Reflect.deleteProperty(Navigator.prototype, name);
  }
  Reflect.deleteProperty(AbortSignal, 'timeout');
  Reflect.deleteProperty(Crypto.prototype, 'getRandomValues');
  Reflect.deleteProperty(Crypto.prototype, 'subtle');
}
