import { ImagePlus, SendHorizontal, Square, X } from 'lucide-react';
import { type ClipboardEvent, type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextArea } from '../../ui/field.tsx';
import { toast } from '../../ui/toast.tsx';
import styles from './composer.module.css';
import type { Picture } from './conversation.ts';

/** Base64 makes a third more of it, and a request may have 32 MiB. */
const PICTURE_BYTES_MAX = 5 * 1024 * 1024;
const PICTURES_MAX = 4;

interface ComposerProps {
  text: string;
  onText: (text: string) => void;
  pictures: readonly Picture[];
  onPictures: (pictures: readonly Picture[]) => void;
  is_running: boolean;
  disabled: boolean;
  onSend: () => void;
  onStop: () => void;
}

/** Where the question is written: Enter sends it, Escape stops the answers. */
export function Composer({
  text,
  onText,
  pictures,
  onPictures,
  is_running,
  disabled,
  onSend,
  onStop,
}: ComposerProps) {
  const files = useRef<HTMLInputElement>(null);
  const [is_over, setOver] = useState(false);
  const may_send = !disabled && !is_running && (text.trim() !== '' || pictures.length > 0);
  useEffect(() => {
    if (!is_running) return;
    const stop = (event: globalThis.KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onStop();
    };
    window.addEventListener('keydown', stop);
    return () => window.removeEventListener('keydown', stop);
  }, [is_running, onStop]);

  const add = async (list: readonly File[]) =>
    onPictures([...pictures, ...(await readPictures(list, pictures))]);
  const press = (event: KeyboardEvent) => {
    // Where a word is being composed, Enter chooses it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (may_send) onSend();
  };
  const paste = (event: ClipboardEvent) => {
    const list = imagesOf(event.clipboardData);
    if (list.length === 0) return;
    event.preventDefault();
    void add(list);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void add(imagesOf(event.dataTransfer));
  };
  return (
    <section
      className={styles['composer']}
      aria-label="Question"
      data-over={is_over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Pictures
        pictures={pictures}
        onRemove={(at) => onPictures(pictures.filter((_, index) => index !== at))}
      />
      <TextArea
        aria-label="Message"
        placeholder="Ask something …"
        rows={2}
        className={styles['text']}
        value={text}
        onChange={({ target }) => onText(target.value)}
        onKeyDown={press}
        onPaste={paste}
      />
      <div className={styles['foot']}>
        <input
          ref={files}
          type="file"
          accept="image/*"
          multiple
          hidden
          aria-label="Images"
          onChange={({ target }) => {
            void add([...(target.files ?? [])]);
            target.value = '';
          }}
        />
        <IconButton
          label="Add images"
          icon={<ImagePlus aria-hidden="true" />}
          disabled={pictures.length >= PICTURES_MAX}
          onClick={() => files.current?.click()}
        />
        <span className={styles['hint']}>Enter sends, Shift + Enter makes a line. Images can be pasted.</span>
        {is_running ? (
          <Button icon={<Square aria-hidden="true" />} onClick={onStop}>
            Stop
          </Button>
        ) : (
          <Button
            look="primary"
            icon={<SendHorizontal aria-hidden="true" />}
            disabled={!may_send}
            onClick={onSend}
          >
            Send
          </Button>
        )}
      </div>
    </section>
  );
}

/** @param onRemove absent = they are only shown. */
export function Pictures({
  pictures,
  onRemove,
}: {
  pictures: readonly Picture[];
  onRemove?: (at: number) => void;
}) {
  if (pictures.length === 0) return null;
  return (
    <ul className={styles['pictures']}>
      {pictures.map(({ name, url }, at) => (
        <li key={url}>
          {/* A link of somebody else's is not followed: it would tell them who looks at it. */}
          {url.startsWith('data:image/') ? <img src={url} alt={name} /> : <code>{url}</code>}
          {onRemove !== undefined && (
            <IconButton
              size="small"
              look="plain"
              label={`Remove ${name}`}
              icon={<X aria-hidden="true" />}
              onClick={() => onRemove(at)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

const imagesOf = ({ files }: DataTransfer): File[] =>
  [...files].filter(({ type }) => type.startsWith('image/'));

async function readPictures(list: readonly File[], before: readonly Picture[]): Promise<Picture[]> {
  const fit = list.filter(({ size }) => size <= PICTURE_BYTES_MAX);
  const room = PICTURES_MAX - before.length;
  if (fit.length < list.length) toast('Images may have at most 5 MB each');
  else if (fit.length > room) toast(`At most ${PICTURES_MAX} images go with a question`);
  const read = await Promise.all(fit.slice(0, room).map(readPicture));
  return read.filter(({ url }) => !before.some((one) => one.url === url));
}

const readPicture = (file: File): Promise<Picture> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name || 'Pasted image', url: String(reader.result) });
    reader.onerror = () => reject(reader.error ?? new Error('The file could not be read.'));
    reader.readAsDataURL(file);
  });
