/** What a cut is, and what everything was measured on. */
export function CutExplained({ heldOut }: { heldOut: string }) {
  return (
    <section className="heads-explained">
      <p>
        <b>Where a head looks is not whether it matters.</b> To find out, cut it, and see how the loss changes on text that was held out of
        training.
      </p>
      <ul>
        <li>
          <b>Cut</b> closes the earlier layers to a head that has a choice, so that its attention falls on its own layer alone. A head that
          is wired to an earlier layer has nothing else to read: its output is replaced by its mean over the batch. These are two different
          measurements, not to be ranked together. Nothing is trained again, and afterwards the model is as before.
        </li>
        <li>
          The number is the change of the mean loss over at least 32 held-out sequences (fewer where the text is short), in nats, the unit
          of the loss curve; ± is the 95 % interval over these sequences, for this one trained model. Above zero: it predicts worse without
          the way back. Of twenty such intervals one misses by chance. Other heads might have made up for it, had they been trained without
          it: the standard twin tests that.
        </li>
        <li>Much attention on the first token often means that a head has nothing to look for there.</li>
      </ul>
      {heldOut !== '' && (
        <details>
          <summary>Measured on this held-out text</summary>
          <blockquote>{heldOut}</blockquote>
        </details>
      )}
    </section>
  )
}
