/** The languages of the page (i18next). The browser's first language that we have is taken, else English. */
import i18next, { type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { de } from './de.js';
import { en } from './en.js';

export const catalogues = { en, de } as const;
export type Language = keyof typeof catalogues;

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

const isLanguage = (code: string): code is Language => Object.hasOwn(catalogues, code);

/** The first of the wanted languages (BCP 47, e.g. `de-AT`) that we have. */
export function chooseLanguage(wanted: readonly string[]): Language {
  return wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '').find(isLanguage) ?? 'en';
}

export async function startI18n(language: Language): Promise<i18n> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: en }, de: { translation: de } },
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  });
  return i18next;
}
