import { useTranslation } from 'react-i18next';
import { Field } from './field.js';

interface NameFieldProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
}

/** What others see one called. */
export function NameField({ value, onChange }: NameFieldProps) {
  const { t } = useTranslation();
  return (
    <Field
      label={t('start.name')}
      hint={t('start.nameHint')}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      autoComplete="name"
      maxLength={80}
    />
  );
}
