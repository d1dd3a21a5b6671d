'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from './button.tsx';

const CONFIRMATION_MS = 1_500;

export function CopyButton({ text, label }: Readonly<{ text: string; label: string }>) {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setIsCopied(false), CONFIRMATION_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
  };
  return (
    <IconButton label={isCopied ? 'Copied' : label} onClick={() => void copy()} className="size-7">
      {isCopied ? <Check className="size-3.5 text-succeeded" aria-hidden /> : <Copy className="size-3.5" aria-hidden />}
    </IconButton>
  );
}
