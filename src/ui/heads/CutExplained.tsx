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
          <b>Cut</b> closes the earlier layers to a measured head, so that it reads its own layer only. Of a wired head it replaces the
          output by its mean. The rest of the model stays as it is: nothing is trained again.
        </li>
        <li>
          The number is the change of the mean loss over 32 held-out sequences, in nats, the unit of the loss curve; ± is the 95 % interval.
          Above zero: the model predicts worse without it.
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
