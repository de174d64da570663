interface FigureTableProps {
  /** Names the region that scrolls. */
  name: string
  head: string[]
  rows: string[][]
}

/** Rows of cells with a name in the first column. It scrolls by itself, so it must be reachable without a mouse. */
export function FigureTable({ name, head, rows }: FigureTableProps) {
  return (
    <div className="bench-scroll" tabIndex={0} role="region" aria-label={name}>
      <table className="bench-table">
        <thead>
          <tr>
            {head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([title, ...cells]) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              {cells.map((cell, i) => (
                <td key={head[i + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
